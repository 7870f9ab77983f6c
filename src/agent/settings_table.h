// The options of b3iq-host: names, bounds, defaults, help. docs/config.md is generated from it.
#pragma once

#include <string>

#include "config/option_table.h"

namespace b3iq::agent {

const config::OptionTable& settings_table();

// The whole of docs/config.md.
std::string settings_reference_page();

}  // namespace b3iq::agent

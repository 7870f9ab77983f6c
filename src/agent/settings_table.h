// The options of b3iq-host: names, bounds, defaults, help. docs/config.md is generated from it.
#pragma once

#include "config/options.h"

namespace b3iq::agent {

const config::Table& settings_table();

}  // namespace b3iq::agent

// The one list of the control plane's options.
#pragma once

#include <string>

#include "config/option_table.h"

namespace b3iq::control {

const config::OptionTable& control_settings_table();
// What docs/config-control-plane.md holds.
std::string control_settings_reference_page();

}  // namespace b3iq::control

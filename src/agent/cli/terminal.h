// The commands' names for what every command line of ours prints.
#pragma once

#include "cli/console.h"

namespace b3iq::agent {

using cli::is_terminal;
using cli::print_error;
using cli::print_table;
using cli::print_usage_error;

}  // namespace b3iq::agent

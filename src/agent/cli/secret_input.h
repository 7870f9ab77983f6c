// The commands' names for secrets that they are given.
#pragma once

#include "cli/secret_source.h"

namespace b3iq::agent {

using cli::read_secret_input;
using cli::read_secret_line;

}  // namespace b3iq::agent

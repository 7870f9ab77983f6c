// The commands' names for the rules of option values.
#pragma once

#include "cli/option_rules.h"

namespace b3iq::agent {

using cli::is_plain_word;
using cli::takes_bytes;
using cli::takes_number;
using cli::takes_one_of;
using cli::takes_whole_number;
using cli::words_taken;

}  // namespace b3iq::agent

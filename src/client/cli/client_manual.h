// What b3iq's manual page says beside its commands.
#pragma once

#include "cli/command_tree.h"

namespace b3iq::client {

cli::ManualFacts manual_facts();

}  // namespace b3iq::client

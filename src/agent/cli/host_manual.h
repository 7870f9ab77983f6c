// What b3iq-host's manual page says beside its commands.
#pragma once

#include "cli/command_tree.h"

namespace b3iq::agent {

cli::ManualFacts manual_facts();

}  // namespace b3iq::agent

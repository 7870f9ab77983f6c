// The settings as a stranger may see them: numbers, choices, yes and no with their values; of
// texts, lists and sections whether they are set; of runtimes their kinds and sizes, and where they
// stand.
#pragma once

#include <string>

#include "agent/home.h"

namespace b3iq::agent {

std::string shown_settings(const Home& home);

}  // namespace b3iq::agent

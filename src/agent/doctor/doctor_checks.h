// What `b3iq-host doctor` looks at. Each check looks at one thing and names the fix when it is
// wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/home.h"

namespace b3iq::agent {

enum class Verdict : std::uint8_t { good, warning, fault };

struct Finding {
  std::string check;  // stable id: "home.mode"
  Verdict verdict = Verdict::good;
  std::string found;  // what is
  std::string fix;    // what to do; empty when good
};

std::vector<Finding> examine(const Home& home);

}  // namespace b3iq::agent

// Asks servers one GET each, all at once, and never waits longer than a deadline for all of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/client.h"

namespace b3iq::agent {

struct ShortQuestion {
  http::Origin origin;
  std::string path;
  std::string bearer;   // "" : without
  std::string ca_file;  // "" : the system's authorities
  http::AddressPolicy policy;
};

struct ShortAnswer {
  int status = 0;
  std::string body;  // at most kMaxShortAnswerBytes
};
inline constexpr std::size_t kMaxShortAnswerBytes = std::size_t{4} * 1024 * 1024;

// In the order of the questions. Errors: those of http::Client::send; deadline_exceeded. Runs a
// loop of its own on the calling thread.
std::vector<base::Result<ShortAnswer>> ask_shortly(const std::vector<ShortQuestion>& questions,
                                                   std::int64_t deadline_ms);

}  // namespace b3iq::agent

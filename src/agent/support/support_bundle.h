// What `support bundle` gives to somebody who helps. Every part is made from a list of what may be
// in it (allowed_members.h): no prompt, answer, secret, address, path, or name that the owner chose
// but for the ids of runtimes. docs/operating/support.md says what each part holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/home.h"

namespace b3iq::agent {

inline constexpr std::size_t kBundleLogLines = 2'000;

struct BundlePart {
  std::string_view name;   // of the file in the archive
  std::string_view about;  // what it holds, for people
};
// Every bundle has exactly these.
const std::vector<BundlePart>& bundle_parts();

// The part's content. What cannot be had is a part that says so by its error's code.
std::string make_bundle_part(const Home& home, std::string_view name);

}  // namespace b3iq::agent

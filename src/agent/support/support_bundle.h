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
// Every bundle has exactly these; the last is the signed index of the others (bundle_index.h).
const std::vector<BundlePart>& bundle_parts();

struct SupportBundle {
  struct Part {
    BundlePart part;
    std::size_t bytes = 0;
  };
  std::string name;     // b3iq-support-20261122T063108Z, the folder in the archive
  std::string archive;  // a .tar
  std::vector<Part> parts;
};

// Blocks for seconds: it asks the node, when one serves the home, as commands do. So it runs on a
// thread of its own where the node itself makes one. What cannot be had is a part that says so by
// its error's code.
SupportBundle make_support_bundle(const Home& home);

}  // namespace b3iq::agent

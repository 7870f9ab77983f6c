// The pairs that we want, as they stood in the file, and what they mean. Private to this module.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/gguf.h"

namespace b3iq::gguf {

struct KeptValue {
  std::optional<std::string> text;
  std::optional<std::uint64_t> number;  // an integer that is not negative
  std::optional<bool> flag;
  std::optional<std::uint64_t> items;  // of an array
  std::vector<std::uint64_t> numbers;  // of an array of integers, when short and not negative
  std::uint64_t offset = 0;            // where the value stood
};
using KeptPairs = std::map<std::string, KeptValue, std::less<>>;

// True when the value of `key` matters. Keys of an architecture are known by their endings, because
// the architecture's name may come after them.
bool is_wanted(std::string_view key);

// Fills the part of `facts` that comes from pairs. Errors: corrupt, for what cannot be.
base::Status take_pairs(const KeptPairs& pairs, Facts& facts);

}  // namespace b3iq::gguf

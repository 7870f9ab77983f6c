// A request target's path, decoded once. What two readers could understand differently is refused:
// "//", "." and ".." segments (encoded or not), backslash, NUL and other control characters, broken
// escapes, bytes that are not UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace b3iq::http {

struct Target {
  std::string_view path;
  std::string_view query;
};

// Only the origin form ("/a?b"). `storage` holds the path when it had escapes. Returns null, or why
// it is refused.
const char* parse_target(std::string_view text, std::string& storage, Target& out);

}  // namespace b3iq::http

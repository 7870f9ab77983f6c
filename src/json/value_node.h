// The tree behind Value and Document. Private to this module: include it from src/json/*.cc only.
//
// A node is 16 bytes and lies in the document's arena. An array of n is n nodes in a row. An object
// of n is 2n nodes in a row (name, value, name, value, ...); past kIndexFrom members an array of n
// std::uint32_t follows: the members' numbers in the byte order of their names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace b3iq::json {

enum class Tag : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,  // above the int64 range; Kind::real outside, exact when written again
  real,
  string,
  array,
  object
};

// Objects with more members than this are searched by bisection, so that a hostile body cannot make
// look-ups quadratic.
inline constexpr std::uint32_t kIndexFrom = 16;

struct Node {
  union {
    bool boolean;
    std::int64_t integer;
    std::uint64_t unsigned_integer;
    double real;
    const char* text;
    const Node* children;
  };
  std::uint32_t size = 0;  // bytes, elements or members
  Tag tag = Tag::null;

  Node() : integer(0) {}
  std::string_view string() const { return {text, size}; }
  const Node& name_of(std::size_t member) const { return children[2 * member]; }
  const Node& value_of(std::size_t member) const { return children[2 * member + 1]; }
  const std::uint32_t* order() const {
    return reinterpret_cast<const std::uint32_t*>(children + 2 * static_cast<std::size_t>(size));
  }
};
static_assert(sizeof(Node) == 16);

}  // namespace b3iq::json

// Builds the nodes of a document, children before parents. Private to this module.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <vector>

#include "json/value_node.h"

namespace b3iq::json {

class TreeBuilder {
 public:
  // `text_bytes` bounds the sum of all strings of the document. Nodes and copied strings come from
  // `arena`. With `copies_strings` the nodes do not point into the text that is parsed.
  TreeBuilder(std::pmr::memory_resource& arena, std::size_t text_bytes, bool copies_strings);

  const Node& root() const { return stack_.front(); }

  void null() { stack_.push_back(Node()); }
  void boolean(bool value);
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);
  void real(double value);

  // A string that stands in the text as it is.
  void string(const char* begin, const char* end);
  // A string in parts, ended by end_string(). Strings are laid end to end in one block of the
  // text's size, so the parts join by themselves.
  void begin_string() {
    if (next_char_ == nullptr) next_char_ = static_cast<char*>(arena_.allocate(text_bytes_, 1));
    string_start_ = next_char_;
  }
  void append(const char* begin, const char* end) {
    const auto n = static_cast<std::size_t>(end - begin);
    if (n > 0) std::memcpy(next_char_, begin, n);
    next_char_ += n;
  }
  void append(char c) { *next_char_++ = c; }
  void end_string();

  // Takes the last `size` values (for an object: names and values in turn) as children.
  void end_array(std::uint32_t size);
  // False when two names are the same.
  [[nodiscard]] bool end_object(std::uint32_t size);

 private:
  static constexpr std::size_t kFirstStack = 128;
  const Node* take(std::size_t count, std::size_t extra);
  void push_string(const char* begin, const char* end);

  std::pmr::memory_resource& arena_;
  const std::size_t text_bytes_;
  const bool copies_strings_;
  char* next_char_ = nullptr;  // until the first string is copied
  char* string_start_ = nullptr;
  std::array<std::byte, kFirstStack * sizeof(Node)> stack_buffer_;
  std::pmr::monotonic_buffer_resource stack_memory_;
  std::pmr::vector<Node> stack_;
};

}  // namespace b3iq::json

// The handler that Boost.JSON's parser calls: builds the nodes of a document. Private to this
// module.
#pragma once

#include <algorithm>
#include <array>
#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory_resource>
#include <numeric>
#include <vector>

#include "json/value_node.h"

namespace b3iq::json {

class TreeBuilder {
 public:
  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;

  // The byte limit of the document bounds all of these.
  static constexpr std::size_t max_object_size = 0xFFFFFFFF;
  static constexpr std::size_t max_array_size = 0xFFFFFFFF;
  static constexpr std::size_t max_key_size = 0xFFFFFFFF;
  static constexpr std::size_t max_string_size = 0xFFFFFFFF;

  enum class Refusal : std::uint8_t { none, duplicate_name, number_range };

  // `text_bytes` bounds the sum of all strings of the document. Nodes and strings come from
  // `arena`.
  TreeBuilder(std::pmr::memory_resource& arena, std::size_t text_bytes)
      : arena_(arena),
        next_char_(static_cast<char*>(arena.allocate(text_bytes, 1))),
        stack_memory_(stack_buffer_.data(), stack_buffer_.size()),
        stack_(&stack_memory_) {
    stack_.reserve(kFirstStack);
  }

  Refusal refusal() const { return refusal_; }
  const Node& root() const { return stack_.front(); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }

  bool on_array_end(std::size_t n, error_code&) {
    Node node;
    node.tag = Tag::array;
    node.size = static_cast<std::uint32_t>(n);
    node.children = take(n, 0);
    stack_.push_back(node);
    return true;
  }

  bool on_object_end(std::size_t n, error_code& ec) {
    Node node;
    node.tag = Tag::object;
    node.size = static_cast<std::uint32_t>(n);
    node.children = take(2 * n, n > kIndexFrom ? n * sizeof(std::uint32_t) : 0);
    if (n > kIndexFrom ? has_duplicates_after_sort(node) : has_duplicates(node)) {
      return refuse(Refusal::duplicate_name, ec);
    }
    stack_.push_back(node);
    return true;
  }

  bool on_key_part(string_view s, std::size_t, error_code&) { return append(s); }
  bool on_key(string_view s, std::size_t n, error_code&) { return finish_string(s, n); }
  bool on_string_part(string_view s, std::size_t, error_code&) { return append(s); }
  bool on_string(string_view s, std::size_t n, error_code&) { return finish_string(s, n); }

  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t i, string_view, error_code&) {
    Node node;
    node.tag = Tag::integer;
    node.integer = i;
    stack_.push_back(node);
    return true;
  }
  bool on_uint64(std::uint64_t u, string_view, error_code&) {
    Node node;
    node.tag = Tag::unsigned_integer;
    node.unsigned_integer = u;
    stack_.push_back(node);
    return true;
  }
  // Boost.JSON 1.81 rounds some doubles by a unit in the last place: read the text again, exactly.
  bool on_double(double rough, string_view text, error_code& ec) {
    Node node;
    node.tag = Tag::real;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), node.real);
    if (error == std::errc::result_out_of_range) {
      // Too small is zero, as in ECMAScript; too large is refused.
      if (!(std::fabs(rough) < 1.0)) return refuse(Refusal::number_range, ec);
      node.real = 0.0;
    } else if (error != std::errc() || !std::isfinite(node.real)) {
      return refuse(Refusal::number_range, ec);
    }
    stack_.push_back(node);
    return true;
  }
  bool on_bool(bool b, error_code&) {
    Node node;
    node.tag = Tag::boolean;
    node.boolean = b;
    stack_.push_back(node);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_back(Node());
    return true;
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  static constexpr std::size_t kFirstStack = 128;

  bool refuse(Refusal why, error_code& ec) {
    refusal_ = why;
    ec = boost::json::error::syntax;
    return false;
  }

  // Strings are laid end to end in one block of the text's size, so the parts of an escaped string
  // join by themselves.
  bool append(string_view s) {
    std::memcpy(next_char_, s.data(), s.size());
    next_char_ += s.size();
    return true;
  }
  bool finish_string(string_view s, std::size_t n) {
    append(s);
    Node node;
    node.tag = Tag::string;
    node.size = static_cast<std::uint32_t>(n);
    node.text = next_char_ - n;
    stack_.push_back(node);
    return true;
  }

  // Moves the last `count` nodes from the stack to the arena, with `extra` bytes behind them.
  const Node* take(std::size_t count, std::size_t extra) {
    if (count == 0) return nullptr;
    void* memory = arena_.allocate(count * sizeof(Node) + extra, alignof(Node));
    std::memcpy(memory, stack_.data() + (stack_.size() - count), count * sizeof(Node));
    stack_.resize(stack_.size() - count);
    return static_cast<const Node*>(memory);
  }

  static bool has_duplicates(const Node& object) {
    for (std::uint32_t i = 1; i < object.size; ++i) {
      const std::string_view name = object.name_of(i).string();
      for (std::uint32_t j = 0; j < i; ++j) {
        if (object.name_of(j).string() == name) return true;
      }
    }
    return false;
  }
  static bool has_duplicates_after_sort(const Node& object) {
    auto* order = const_cast<std::uint32_t*>(object.order());
    std::iota(order, order + object.size, 0u);
    std::sort(order, order + object.size, [&](std::uint32_t a, std::uint32_t b) {
      return object.name_of(a).string() < object.name_of(b).string();
    });
    return std::adjacent_find(order, order + object.size, [&](std::uint32_t a, std::uint32_t b) {
             return object.name_of(a).string() == object.name_of(b).string();
           }) != order + object.size;
  }

  std::pmr::memory_resource& arena_;
  char* next_char_;
  std::array<std::byte, kFirstStack * sizeof(Node)> stack_buffer_;
  std::pmr::monotonic_buffer_resource stack_memory_;
  std::pmr::vector<Node> stack_;
  Refusal refusal_ = Refusal::none;
};

}  // namespace b3iq::json

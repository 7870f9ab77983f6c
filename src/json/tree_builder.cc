#include "json/tree_builder.h"

#include <algorithm>
#include <numeric>

namespace b3iq::json {
namespace {

bool has_duplicates(const Node& object) {
  for (std::uint32_t i = 1; i < object.size; ++i) {
    const std::string_view name = object.name_of(i).string();
    for (std::uint32_t j = 0; j < i; ++j) {
      if (object.name_of(j).string() == name) return true;
    }
  }
  return false;
}

// Fills the object's index on the way.
bool has_duplicates_after_sort(const Node& object) {
  auto* order = const_cast<std::uint32_t*>(object.order());
  std::iota(order, order + object.size, 0u);
  std::sort(order, order + object.size, [&](std::uint32_t a, std::uint32_t b) {
    return object.name_of(a).string() < object.name_of(b).string();
  });
  return std::adjacent_find(order, order + object.size, [&](std::uint32_t a, std::uint32_t b) {
           return object.name_of(a).string() == object.name_of(b).string();
         }) != order + object.size;
}

}  // namespace

TreeBuilder::TreeBuilder(std::pmr::memory_resource& arena, std::size_t text_bytes,
                         bool copies_strings)
    : arena_(arena),
      text_bytes_(text_bytes),
      copies_strings_(copies_strings),
      stack_memory_(stack_buffer_.data(), stack_buffer_.size()),
      stack_(&stack_memory_) {
  stack_.reserve(kFirstStack);
}

void TreeBuilder::boolean(bool value) {
  Node node;
  node.tag = Tag::boolean;
  node.boolean = value;
  stack_.push_back(node);
}

void TreeBuilder::integer(std::int64_t value) {
  Node node;
  node.tag = Tag::integer;
  node.integer = value;
  stack_.push_back(node);
}

void TreeBuilder::unsigned_integer(std::uint64_t value) {
  Node node;
  node.tag = Tag::unsigned_integer;
  node.unsigned_integer = value;
  stack_.push_back(node);
}

void TreeBuilder::real(double value) {
  Node node;
  node.tag = Tag::real;
  node.real = value;
  stack_.push_back(node);
}

void TreeBuilder::string(const char* begin, const char* end) {
  if (!copies_strings_) return push_string(begin, end);
  begin_string();
  append(begin, end);
  end_string();
}

void TreeBuilder::end_string() { push_string(string_start_, next_char_); }

void TreeBuilder::push_string(const char* begin, const char* end) {
  Node node;
  node.tag = Tag::string;
  node.size = static_cast<std::uint32_t>(end - begin);
  node.text = begin;
  stack_.push_back(node);
}

void TreeBuilder::end_array(std::uint32_t size) {
  Node node;
  node.tag = Tag::array;
  node.size = size;
  node.children = take(size, 0);
  stack_.push_back(node);
}

bool TreeBuilder::end_object(std::uint32_t size) {
  const bool indexed = size > kIndexFrom;
  Node node;
  node.tag = Tag::object;
  node.size = size;
  node.children =
      take(2 * static_cast<std::size_t>(size), indexed ? size * sizeof(std::uint32_t) : 0);
  stack_.push_back(node);
  return !(indexed ? has_duplicates_after_sort(node) : has_duplicates(node));
}

// Moves the last `count` nodes from the stack to the arena, with `extra` bytes behind them.
const Node* TreeBuilder::take(std::size_t count, std::size_t extra) {
  if (count == 0) return nullptr;
  void* memory = arena_.allocate(count * sizeof(Node) + extra, alignof(Node));
  std::memcpy(memory, stack_.data() + (stack_.size() - count), count * sizeof(Node));
  stack_.resize(stack_.size() - count);
  return static_cast<const Node*>(memory);
}

}  // namespace b3iq::json

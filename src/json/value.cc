#include <algorithm>

#include "json/json.h"
#include "json/number_text.h"
#include "json/value_node.h"

namespace b3iq::json {
namespace {

const Node kAbsent;

const Node& node_of(const void* node) { return node ? *static_cast<const Node*>(node) : kAbsent; }

// A real stays a real when it is read again.
void append_real_marked(std::string& out, double number) {
  const std::size_t start = out.size();
  append_real(out, number);
  if (out.find_first_of(".en", start) == std::string::npos) out.append(".0");
}

// Depth is bounded by the limits of the parse.
void append_node(std::string& out, const Node& node) {
  switch (node.tag) {
    case Tag::null:
      out.append("null");
      return;
    case Tag::boolean:
      out.append(node.boolean ? "true" : "false");
      return;
    case Tag::integer:
      append_integer(out, node.integer);
      return;
    case Tag::unsigned_integer:
      append_integer(out, node.unsigned_integer);
      return;
    case Tag::real:
      append_real_marked(out, node.real);
      return;
    case Tag::string:
      append_string(out, node.string());
      return;
    case Tag::array:
      out.push_back('[');
      for (std::uint32_t i = 0; i < node.size; ++i) {
        if (i > 0) out.push_back(',');
        append_node(out, node.children[i]);
      }
      out.push_back(']');
      return;
    case Tag::object:
      out.push_back('{');
      for (std::uint32_t i = 0; i < node.size; ++i) {
        if (i > 0) out.push_back(',');
        append_string(out, node.name_of(i).string());
        out.push_back(':');
        append_node(out, node.value_of(i));
      }
      out.push_back('}');
      return;
  }
}

}  // namespace

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::integer:
      return "integer";
    case Kind::real:
      return "number";
    case Kind::string:
      return "string";
    case Kind::array:
      return "array";
    case Kind::object:
      return "object";
  }
  return "null";
}

Kind Value::kind() const {
  switch (node_of(node_).tag) {
    case Tag::null:
      return Kind::null;
    case Tag::boolean:
      return Kind::boolean;
    case Tag::integer:
      return Kind::integer;
    case Tag::unsigned_integer:
    case Tag::real:
      return Kind::real;
    case Tag::string:
      return Kind::string;
    case Tag::array:
      return Kind::array;
    case Tag::object:
      return Kind::object;
  }
  return Kind::null;
}

std::optional<bool> Value::boolean() const {
  const Node& node = node_of(node_);
  if (node.tag != Tag::boolean) return std::nullopt;
  return node.boolean;
}

std::optional<std::int64_t> Value::integer() const {
  const Node& node = node_of(node_);
  if (node.tag != Tag::integer) return std::nullopt;
  return node.integer;
}

std::optional<double> Value::number() const {
  const Node& node = node_of(node_);
  if (node.tag == Tag::real) return node.real;
  if (node.tag == Tag::integer) return static_cast<double>(node.integer);
  if (node.tag == Tag::unsigned_integer) return static_cast<double>(node.unsigned_integer);
  return std::nullopt;
}

std::optional<std::string_view> Value::string() const {
  const Node& node = node_of(node_);
  if (node.tag != Tag::string) return std::nullopt;
  return node.string();
}

std::size_t Value::size() const {
  const Node& node = node_of(node_);
  return node.tag == Tag::array || node.tag == Tag::object ? node.size : 0;
}

Value Value::at(std::size_t index) const {
  const Node& node = node_of(node_);
  if (node.tag != Tag::array || index >= node.size) return {};
  return Value(&node.children[index]);
}

Value Value::find(std::string_view name) const {
  const Node& node = node_of(node_);
  if (node.tag != Tag::object) return {};
  if (node.size <= kIndexFrom) {
    for (std::uint32_t i = 0; i < node.size; ++i) {
      if (node.name_of(i).string() == name) return Value(&node.value_of(i));
    }
    return {};
  }
  const std::uint32_t* end = node.order() + node.size;
  const std::uint32_t* found =
      std::lower_bound(node.order(), end, name, [&](std::uint32_t member, std::string_view wanted) {
        return node.name_of(member).string() < wanted;
      });
  if (found == end || node.name_of(*found).string() != name) return {};
  return Value(&node.value_of(*found));
}

Value::Member Value::member(std::size_t index) const {
  const Node& node = node_of(node_);
  if (node.tag != Tag::object || index >= node.size) return {};
  return {node.name_of(index).string(), Value(&node.value_of(index))};
}

std::string Value::to_text() const {
  std::string out;
  append_node(out, node_of(node_));
  return out;
}

}  // namespace b3iq::json

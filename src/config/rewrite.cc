#include "config/rewrite.h"

#include <fmt/format.h>

#include "json/json.h"

namespace b3iq::config {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

// Lists and objects that fit a line stay on one.
constexpr std::size_t kLineBytes = 72;

void append_indented(std::string& out, json::Value value, int depth) {
  const auto text = value.to_text();
  if ((!value.is_object() && !value.is_array()) || text.size() <= kLineBytes) {
    out += text;
    return;
  }
  const std::string inner(static_cast<std::size_t>(depth + 1) * 2, ' ');
  out += value.is_object() ? '{' : '[';
  for (std::size_t i = 0; i < value.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += inner;
    if (value.is_object()) {
      json::append_string(out, value.member(i).name);
      out += ": ";
      append_indented(out, value.member(i).value, depth + 1);
    } else {
      append_indented(out, value.at(i), depth + 1);
    }
  }
  out += "\n" + inner.substr(2) + (value.is_object() ? '}' : ']');
}

}  // namespace

Result<std::string> with_member(std::string_view text, std::string_view name,
                                std::string_view json) {
  auto document = json::Document::parse(text);
  if (!document.ok()) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("The file is not valid JSON: {}", document.error().detail));
  }
  const auto root = document->root();
  if (!root.is_object())
    return Error(ErrorCode::config_invalid, "The file must hold one JSON object.");
  TRY(const auto replacement, json::Document::parse(json));
  std::string out = "{";
  bool written = false;
  const auto append = [&](std::string_view member, json::Value value) {
    out += out.size() == 1 ? "\n  " : ",\n  ";
    json::append_string(out, member);
    out += ": ";
    append_indented(out, value, 1);
  };
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto member = root.member(i);
    const bool replaced = member.name == name;
    written = written || replaced;
    append(member.name, replaced ? replacement.root() : member.value);
  }
  if (!written) append(name, replacement.root());
  return out + "\n}\n";
}

}  // namespace b3iq::config

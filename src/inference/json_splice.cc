#include "inference/json_splice.h"

#include <algorithm>
#include <utility>

#include "json/json.h"

namespace b3iq::inference {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// `at` stands on the opening quote; gives the offset behind the closing one.
std::size_t skip_string(std::string_view text, std::size_t at) {
  std::size_t from = at + 1;
  while (from < text.size()) {
    const std::size_t quote = text.find('"', from);
    if (quote == std::string_view::npos) return text.size();
    std::size_t backslashes = 0;
    while (text[quote - backslashes - 1] == '\\') ++backslashes;  // stops at the opening quote
    if (backslashes % 2 == 0) return quote + 1;
    from = quote + 1;
  }
  return text.size();
}

std::size_t skip_container(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = skip_string(text, at);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (--depth == 0) return at + 1;
        break;
      default:
        break;
    }
    ++at;
  }
  return at;
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  if (at >= text.size()) return at;
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] == '{' || text[at] == '[') return skip_container(text, at);
  while (at < text.size() && text[at] != ',' && text[at] != '}' && !is_space(text[at])) ++at;
  return at;
}

bool name_is(std::string_view raw, std::string_view name) {
  if (raw == name) return true;
  if (raw.find('\\') == std::string_view::npos) return false;
  const auto decoded = json::Document::parse("\"" + std::string(raw) + "\"");
  return decoded.ok() && decoded->root().string() == name;
}

}  // namespace

MemberScanner::MemberScanner(std::string_view object) : text_(object) {
  position_ = skip_space(text_, 0);
  position_ = position_ < text_.size() && text_[position_] == '{' ? position_ + 1 : text_.size();
}

bool MemberScanner::next(MemberSpan& out) {
  std::size_t at = skip_space(text_, position_);
  if (at < text_.size() && text_[at] == ',') at = skip_space(text_, at + 1);
  if (at >= text_.size() || text_[at] != '"') return false;
  out.begin = at;
  at = skip_string(text_, at);
  out.name = text_.substr(out.begin + 1, at - out.begin - 2);
  at = skip_space(text_, at);
  if (at >= text_.size() || text_[at] != ':') return false;
  out.value_begin = skip_space(text_, at + 1);
  out.value_end = skip_value(text_, out.value_begin);
  position_ = out.value_end;
  return true;
}

std::optional<MemberSpan> find_member(std::string_view object, std::string_view name) {
  MemberScanner scanner(object);
  MemberSpan member;
  while (scanner.next(member)) {
    if (name_is(member.name, name)) return member;
  }
  return std::nullopt;
}

Edit removal(std::string_view object, const MemberSpan& member) {
  std::size_t before = member.begin;
  while (before > 0 && is_space(object[before - 1])) --before;
  if (before > 0 && object[before - 1] == ',') return {before - 1, member.value_end, {}};
  const std::size_t after = skip_space(object, member.value_end);
  const bool comma = after < object.size() && object[after] == ',';
  return {member.begin, comma ? after + 1 : member.value_end, {}};
}

Insertion front_insertion(std::string_view object) {
  const std::size_t brace = object.find('{');
  const std::size_t at = brace == std::string_view::npos ? object.size() : brace + 1;
  const std::size_t first = skip_space(object, at);
  return {at, first < object.size() && object[first] != '}'};
}

std::vector<std::string_view> splice(std::string_view text, std::vector<Edit> edits) {
  std::ranges::sort(edits, {}, [](const Edit& edit) { return std::pair(edit.begin, edit.end); });
  std::vector<std::string_view> pieces;
  pieces.reserve(edits.size() * 2 + 1);
  std::size_t done = 0;
  for (const Edit& edit : edits) {
    if (edit.begin > done) pieces.push_back(text.substr(done, edit.begin - done));
    if (!edit.replacement.empty()) pieces.push_back(edit.replacement);
    done = std::max(done, edit.end);
  }
  if (done < text.size()) pieces.push_back(text.substr(done));
  return pieces;
}

void remove_member(std::string& object, std::string_view name) {
  while (const auto old = find_member(object, name)) {
    const Edit edit = removal(object, *old);
    object.erase(edit.begin, edit.end - edit.begin);
  }
  object.resize(object.find_last_not_of(kSpaces) + 1);
}

void append_member(std::string& object, std::string_view name, std::string_view value) {
  object.resize(object.find_last_not_of(kSpaces) + 1);
  if (!object.ends_with('}')) return;
  object.pop_back();
  const std::size_t last = object.find_last_not_of(kSpaces);
  if (last != std::string::npos && object[last] != '{') object.push_back(',');
  object.append("\"").append(name).append("\":").append(value).append("}");
}

}  // namespace b3iq::inference

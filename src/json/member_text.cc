#include "json/member_text.h"

#include <algorithm>

#include "json/text_scan.h"

namespace b3iq::json {
namespace {

// Walks over a text that is known to be valid. It never leaves it even so: on another text the
// answer is wrong and nothing worse.
class Walker {
 public:
  explicit Walker(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}

  bool at_end() const { return p_ >= end_; }
  bool at(char c) const { return !at_end() && *p_ == c; }
  const char* place() const { return p_; }
  void step() {
    if (!at_end()) ++p_;
  }
  void skip_space() {
    while (!at_end() && is_space(*p_)) ++p_;
  }
  // Behind the string that begins here; what stands between its quotes.
  std::string_view skip_string() {
    step();
    const char* const begin = p_;
    while (!at_end()) {
      p_ = next_special(p_, end_);
      if (at('"')) break;
      if (at('\\')) step();
      step();
    }
    const std::string_view content(begin, static_cast<std::size_t>(p_ - begin));
    step();
    return content;
  }
  // Behind the value that begins here.
  void skip_value() {
    if (at('"')) {
      skip_string();
      return;
    }
    if (!at('{') && !at('[')) {
      while (!at_end() && !ends_scalar(*p_)) ++p_;
      return;
    }
    std::size_t depth = 0;
    do {
      if (at('"')) {
        skip_string();
        continue;
      }
      if (at('{') || at('[')) ++depth;
      if (at('}') || at(']')) --depth;
      step();
    } while (depth > 0 && !at_end());
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  static bool ends_scalar(char c) { return c == ',' || c == '}' || c == ']' || is_space(c); }

  const char* p_;
  const char* end_;
};

}  // namespace

void member_texts(std::string_view object, std::span<const std::string_view> names,
                  std::span<std::optional<std::string_view>> texts) {
  std::size_t left = names.size();
  Walker at(object);
  at.skip_space();
  at.step();  // {
  while (left > 0) {
    at.skip_space();
    if (!at.at('"')) return;
    const std::string_view found = at.skip_string();
    at.skip_space();
    at.step();  // :
    at.skip_space();
    const char* const begin = at.place();
    at.skip_value();
    const auto name = std::find(names.begin(), names.end(), found);
    if (name != names.end()) {
      texts[static_cast<std::size_t>(name - names.begin())] =
          std::string_view(begin, static_cast<std::size_t>(at.place() - begin));
      --left;
    }
    at.skip_space();
    if (!at.at(',')) return;
    at.step();
  }
}

std::optional<std::string_view> member_text(std::string_view object, std::string_view name) {
  std::optional<std::string_view> text;
  member_texts(object, {&name, 1}, {&text, 1});
  return text;
}

}  // namespace b3iq::json

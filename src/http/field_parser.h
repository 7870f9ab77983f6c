// Header lines of a block whose lines are ended by CRLF: name, colon, value; strict, shared by both
// sides.
#pragma once

#include <string_view>

#include "http/http_text.h"
#include "http/message.h"

namespace b3iq::http {

class FieldLines {
 public:
  enum class Next : unsigned char { field, end, folded, bad_name, bad_value };

  explicit FieldLines(std::string_view block) : rest_(block) {}

  std::string_view first_line() { return cut(); }
  Next next(HeaderView& out) {
    if (rest_.empty()) return Next::end;
    const auto line = cut();
    if (line.empty() || line.front() == ' ' || line.front() == '\t') return Next::folded;
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return Next::bad_name;
    out.name = line.substr(0, colon);
    if (!all_of_class(out.name, kTokenChar)) return Next::bad_name;
    out.value = trim_blanks(line.substr(colon + 1));
    return all_of_class(out.value, kValueChar) ? Next::field : Next::bad_value;
  }

 private:
  std::string_view cut() {
    const auto end = rest_.find('\n');
    auto line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }
  std::string_view rest_;
};

}  // namespace b3iq::http

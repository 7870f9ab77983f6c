// The grammar of RFC 8259, strictly. Private to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "json/tree_builder.h"

namespace b3iq::json {

enum class Fault : std::uint8_t {
  none,
  syntax,
  ended,     // the text stops inside the value
  trailing,  // something after the value
  depth,
  duplicate,
  number_range,
  surrogate,
  hex,
  utf8,
  control  // an unescaped control character in a string
};

class Parser {
 public:
  Parser(std::string_view text, TreeBuilder& tree)
      : begin_(text.data()), p_(begin_), end_(begin_ + text.size()), tree_(tree) {}

  // One value with white space around it and nothing else. `max_depth` counts arrays and objects
  // inside each other.
  Fault parse(int max_depth);
  // Where parsing stopped.
  std::size_t offset() const { return static_cast<std::size_t>(p_ - begin_); }

 private:
  Fault value(int depth);
  Fault array(int depth);
  Fault object(int depth);
  Fault string();
  Fault escape();
  Fault unicode_escape();
  Fault hex4(unsigned& unit);
  Fault literal(std::string_view word);
  Fault number();
  Fault real(const char* start, const char* whole_end, const char* exponent);
  void skip_space() {
    while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }
  bool digits();

  const char* begin_;
  const char* p_;
  const char* end_;
  TreeBuilder& tree_;
};

}  // namespace b3iq::json

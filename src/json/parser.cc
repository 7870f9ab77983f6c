#include "json/parser.h"

#include <charconv>
#include <cmath>

#include "json/text_scan.h"

namespace b3iq::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_high_surrogate(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

void append_utf8(TreeBuilder& tree, unsigned code) {
  const auto tail = [&](unsigned shift) {
    tree.append(static_cast<char>(0x80 | ((code >> shift) & 0x3F)));
  };
  if (code < 0x80) {
    tree.append(static_cast<char>(code));
  } else if (code < 0x800) {
    tree.append(static_cast<char>(0xC0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    tree.append(static_cast<char>(0xE0 | (code >> 12)));
    tail(6);
    tail(0);
  } else {
    tree.append(static_cast<char>(0xF0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

Fault Parser::parse(int max_depth) {
  if (const Fault fault = value(max_depth); fault != Fault::none) return fault;
  skip_space();
  return p_ == end_ ? Fault::none : Fault::trailing;
}

Fault Parser::value(int depth) {
  skip_space();
  if (p_ == end_) return Fault::ended;
  switch (*p_) {
    case '"':
      return string();
    case '{':
      return object(depth);
    case '[':
      return array(depth);
    case 't':
      tree_.boolean(true);
      return literal("true");
    case 'f':
      tree_.boolean(false);
      return literal("false");
    case 'n':
      tree_.null();
      return literal("null");
    default:
      return *p_ == '-' || is_digit(*p_) ? number() : Fault::syntax;
  }
}

Fault Parser::array(int depth) {
  if (depth <= 0) return Fault::depth;
  ++p_;
  skip_space();
  std::uint32_t size = 0;
  if (p_ < end_ && *p_ == ']') {
    ++p_;
    tree_.end_array(size);
    return Fault::none;
  }
  while (true) {
    if (const Fault fault = value(depth - 1); fault != Fault::none) return fault;
    ++size;
    skip_space();
    if (p_ == end_) return Fault::ended;
    const char next = *p_;
    if (next != ',' && next != ']') return Fault::syntax;
    ++p_;
    if (next == ']') break;
  }
  tree_.end_array(size);
  return Fault::none;
}

Fault Parser::object(int depth) {
  if (depth <= 0) return Fault::depth;
  ++p_;
  skip_space();
  std::uint32_t size = 0;
  bool more = !(p_ < end_ && *p_ == '}');
  if (!more) ++p_;
  while (more) {
    skip_space();
    if (p_ == end_) return Fault::ended;
    if (*p_ != '"') return Fault::syntax;
    if (const Fault fault = string(); fault != Fault::none) return fault;
    skip_space();
    if (p_ == end_) return Fault::ended;
    if (*p_ != ':') return Fault::syntax;
    ++p_;
    if (const Fault fault = value(depth - 1); fault != Fault::none) return fault;
    ++size;
    skip_space();
    if (p_ == end_) return Fault::ended;
    if (*p_ != ',' && *p_ != '}') return Fault::syntax;
    more = *p_ == ',';
    ++p_;
  }
  return tree_.end_object(size) ? Fault::none : Fault::duplicate;
}

Fault Parser::string() {
  const char* run = ++p_;  // start of what can be taken as it is
  bool has_escapes = false;
  while ((p_ = next_special(p_, end_)) < end_) {
    const char c = *p_;
    if (static_cast<unsigned char>(c) >= 0x80) {
      const int length = sequence_length(p_, end_);
      if (length == 0) return Fault::utf8;
      p_ += length;
      continue;
    }
    if (c != '"' && c != '\\') return Fault::control;
    const char* const run_end = p_++;
    if (c == '"' && !has_escapes) {
      tree_.string(run, run_end);
      return Fault::none;
    }
    if (!has_escapes) tree_.begin_string();
    has_escapes = true;
    tree_.append(run, run_end);
    if (c == '"') {
      tree_.end_string();
      return Fault::none;
    }
    if (const Fault fault = escape(); fault != Fault::none) return fault;
    run = p_;
  }
  return Fault::ended;
}

// Behind the backslash.
Fault Parser::escape() {
  if (p_ == end_) return Fault::ended;
  switch (*p_) {
    case '"':
      tree_.append('"');
      break;
    case '\\':
      tree_.append('\\');
      break;
    case '/':
      tree_.append('/');
      break;
    case 'b':
      tree_.append('\b');
      break;
    case 'f':
      tree_.append('\f');
      break;
    case 'n':
      tree_.append('\n');
      break;
    case 'r':
      tree_.append('\r');
      break;
    case 't':
      tree_.append('\t');
      break;
    case 'u':
      ++p_;
      return unicode_escape();
    default:
      return Fault::syntax;
  }
  ++p_;
  return Fault::none;
}

// Behind \u: one unit, or a surrogate pair of two escapes.
Fault Parser::unicode_escape() {
  unsigned unit = 0;
  if (const Fault fault = hex4(unit); fault != Fault::none) return fault;
  if (is_low_surrogate(unit)) return Fault::surrogate;
  if (!is_high_surrogate(unit)) {
    append_utf8(tree_, unit);
    return Fault::none;
  }
  if (end_ - p_ < 2 || p_[0] != '\\' || p_[1] != 'u') return Fault::surrogate;
  p_ += 2;
  unsigned low = 0;
  if (const Fault fault = hex4(low); fault != Fault::none) return fault;
  if (!is_low_surrogate(low)) return Fault::surrogate;
  append_utf8(tree_, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
  return Fault::none;
}

Fault Parser::hex4(unsigned& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i, ++p_) {
    if (p_ == end_) return Fault::ended;
    const char c = *p_;
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (lower < 'a' || lower > 'f')) return Fault::hex;
    unit = unit << 4 | static_cast<unsigned>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return Fault::none;
}

Fault Parser::literal(std::string_view word) {
  for (const char expected : word) {
    if (p_ == end_) return Fault::ended;
    if (*p_ != expected) return Fault::syntax;
    ++p_;
  }
  return Fault::none;
}

// Skips digits; false when there is none.
bool Parser::digits() {
  const char* const start = p_;
  while (p_ < end_ && is_digit(*p_)) ++p_;
  return p_ > start;
}

Fault Parser::number() {
  const char* const start = p_;
  const auto wrong = [this] { return p_ == end_ ? Fault::ended : Fault::syntax; };
  if (*p_ == '-') ++p_;
  if (p_ < end_ && *p_ == '0') {
    ++p_;
  } else if (!digits()) {
    return wrong();
  }
  const char* point = nullptr;
  const char* exponent = nullptr;
  if (p_ < end_ && *p_ == '.') {
    point = p_++;
    if (!digits()) return wrong();
  }
  if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
    exponent = p_++;
    if (p_ < end_ && (*p_ == '+' || *p_ == '-')) ++p_;
    if (!digits()) return wrong();
  }
  if (!point && !exponent) {
    std::int64_t integer = 0;
    if (std::from_chars(start, p_, integer).ec == std::errc()) {
      tree_.integer(integer);
      return Fault::none;
    }
    std::uint64_t natural = 0;
    if (*start != '-' && std::from_chars(start, p_, natural).ec == std::errc()) {
      tree_.unsigned_integer(natural);
      return Fault::none;
    }
  }
  return real(start, point ? point : exponent ? exponent : p_, exponent);
}

// `whole_end` is where the digits before the point end; `exponent` points at e or E, if there is
// one.
Fault Parser::real(const char* start, const char* whole_end, const char* exponent) {
  double number = 0;
  const auto result = std::from_chars(start, p_, number);
  if (result.ec == std::errc() && result.ptr == p_ && std::isfinite(number)) {
    tree_.real(number);
    return Fault::none;
  }
  // Out of range: too large is refused, too small is zero, as in ECMAScript. The number lies far
  // from 1, so the sign of its decimal exponent tells which.
  if (*start == '-') ++start;
  std::int64_t power = whole_end - start;
  if (*start == '0') {
    power = 0;
    for (const char* p = whole_end + 1; whole_end < p_ && p < p_ && *p == '0'; ++p) --power;
  }
  if (exponent) {
    std::int64_t shift = 0;
    const char* digits = exponent[1] == '+' ? exponent + 2 : exponent + 1;
    const auto parsed = std::from_chars(digits, p_, shift);
    constexpr std::int64_t kHuge = std::int64_t{1} << 40;
    if (parsed.ec != std::errc()) shift = *digits == '-' ? -kHuge : kHuge;
    power = shift > kHuge ? kHuge : shift < -kHuge ? -kHuge : power + shift;
  }
  if (power > 0) return Fault::number_range;
  tree_.real(0.0);
  return Fault::none;
}

}  // namespace b3iq::json

#include <array>
#include <bit>
#include <cassert>
#include <cstring>

#include "json/json.h"
#include "json/number_text.h"

namespace b3iq::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// True for bytes that cannot be copied as they are: controls, quote, backslash, and the start of
// what must be checked.
bool is_special(unsigned char c) { return c < 0x20 || c == '"' || c == '\\' || c >= 0x80; }

// True when any of eight bytes is special. Exact tests of each byte follow, so false positives
// would only cost time.
bool any_special(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080;
  const std::uint64_t quote = word ^ (kOnes * '"');
  const std::uint64_t slash = word ^ (kOnes * '\\');
  const std::uint64_t low = word - kOnes * 0x20;
  return ((word | low | (quote - kOnes) | (slash - kOnes)) & kHigh) != 0;
}

const char* next_special(const char* p, const char* end) {
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if (any_special(word)) break;
    p += 8;
  }
  while (p < end && !is_special(static_cast<unsigned char>(*p))) ++p;
  return p;
}

// Length of the UTF-8 sequence at `p`, or 0 when it is not well formed. `*p` is at least 0x80.
int sequence_length(const char* text, const char* end) {
  const auto* p = reinterpret_cast<const unsigned char*>(text);
  const auto left = end - text;
  const auto tail = [&](int i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < left && p[i] >= low && p[i] <= high;
  };
  const unsigned c = p[0];
  if (c >= 0xC2 && c <= 0xDF) return tail(1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    const bool second = tail(1, c == 0xE0 ? 0xA0 : 0x80, c == 0xED ? 0x9F : 0xBF);
    return second && tail(2) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    const bool second = tail(1, c == 0xF0 ? 0x90 : 0x80, c == 0xF4 ? 0x8F : 0xBF);
    return second && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// RFC 8785 section 3.2.2.2: the short escapes where they exist, else \u00xx in lower case.
void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\f':
      out.append("\\f");
      return;
    case '\r':
      out.append("\\r");
      return;
    default:
      out.append("\\u00");
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* run = p;  // start of what can be copied as it is
  while ((p = next_special(p, end)) < end) {
    if (static_cast<unsigned char>(*p) >= 0x80) {
      const int length = sequence_length(p, end);
      if (length > 0) {
        p += length;
        continue;
      }
      out.append(run, p);
      out.append(kReplacement);
    } else {
      out.append(run, p);
      append_escape(out, *p);
    }
    run = ++p;
  }
  out.append(run, end);
  out.push_back('"');
}

void Writer::separate() {
  if (need_comma_) out_.push_back(',');
  need_comma_ = true;
}

void Writer::begin_object() {
  separate();
  out_.push_back('{');
  need_comma_ = false;
  ++depth_;
}

void Writer::end_object() {
  assert(depth_ > 0);
  --depth_;
  out_.push_back('}');
  need_comma_ = true;
}

void Writer::begin_array() {
  separate();
  out_.push_back('[');
  need_comma_ = false;
  ++depth_;
}

void Writer::end_array() {
  assert(depth_ > 0);
  --depth_;
  out_.push_back(']');
  need_comma_ = true;
}

void Writer::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_.push_back(':');
  need_comma_ = false;
}

void Writer::value(std::string_view text) {
  separate();
  append_string(out_, text);
}

void Writer::value(bool flag) {
  separate();
  out_.append(flag ? "true" : "false");
}

void Writer::value(std::int64_t number) {
  separate();
  append_integer(out_, number);
}

void Writer::value(std::uint64_t number) {
  separate();
  append_integer(out_, number);
}

void Writer::value(double number) {
  separate();
  append_real(out_, number);
}

void Writer::null() {
  separate();
  out_.append("null");
}

void Writer::raw(std::string_view json) {
  separate();
  out_.append(json);
}

}  // namespace b3iq::json

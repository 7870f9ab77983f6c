#include <array>
#include <cassert>
#include <cstring>

#include "json/json.h"
#include "json/number_text.h"
#include "json/text_scan.h"

namespace b3iq::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

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

// What is this short, and plain, is put together on the stack and appended once.
constexpr std::size_t kShortText = 88;

bool short_and_plain(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  return text.size() <= kShortText && next_special(begin, end) == end;
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  if (short_and_plain(text)) {
    std::array<char, kShortText + 2> quoted;
    quoted[0] = '"';
    if (!text.empty()) std::memcpy(&quoted[1], text.data(), text.size());
    quoted[text.size() + 1] = '"';
    out.append(quoted.data(), text.size() + 2);
    return;
  }
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
  if (short_and_plain(name)) {
    std::array<char, kShortText + 4> member;
    char* p = member.data();
    if (need_comma_) *p++ = ',';
    *p++ = '"';
    if (!name.empty()) std::memcpy(p, name.data(), name.size());
    p += name.size();
    *p++ = '"';
    *p++ = ':';
    out_.append(member.data(), p);
  } else {
    separate();
    append_string(out_, name);
    out_.push_back(':');
  }
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

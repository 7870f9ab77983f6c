#include "http/target.h"

#include "base/bytes.h"
#include "http/http_text.h"

namespace b3iq::http {
namespace {

bool decode_escapes(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

const char* check_decoded(std::string_view path) {
  for (char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return "the path holds a control character";
    if (c == '\\') return "the path holds a backslash";
  }
  return base::valid_utf8(path) ? nullptr : "the path is not UTF-8";
}

const char* check_segments(std::string_view path) {
  for (std::size_t slash = 0; slash != std::string_view::npos;) {
    const auto next = path.find('/', slash + 1);
    const bool last = next == std::string_view::npos;
    const auto segment = path.substr(slash + 1, last ? last : next - slash - 1);
    if (segment.empty() && !last) return "the path holds an empty segment (//)";
    if (segment == "." || segment == "..") return "the path holds a . or .. segment";
    slash = next;
  }
  return nullptr;
}

}  // namespace

const char* parse_target(std::string_view text, std::string& storage, Target& out) {
  if (text.empty() || text.front() != '/') return "only the form /path?query is served";
  if (!all_of_class(text, kTargetChar))
    return "the request target holds a character that must be percent-encoded";
  const auto question = text.find('?');
  out.path = text.substr(0, question);
  out.query = question == std::string_view::npos ? std::string_view() : text.substr(question + 1);
  if (out.path.find('%') != std::string_view::npos) {
    if (!decode_escapes(out.path, storage)) return "the path holds a broken percent escape";
    out.path = storage;
    if (const char* why = check_decoded(out.path)) return why;
  }
  return check_segments(out.path);
}

}  // namespace b3iq::http

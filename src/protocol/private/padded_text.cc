#include "protocol/private/padded_text.h"

#include <algorithm>
#include <string>

#include "json/member_text.h"
#include "protocol/private/padding.h"

namespace b3iq::protocol {
namespace {

constexpr int kMaxObjectDepth = 64;  // of a request or a response, as everywhere

base::Error refused(std::string_view what, std::string_view name = {}) {
  return base::Error(base::ErrorCode::invalid_request, std::string(what), std::string(name));
}

bool is_object_text(std::string_view text) {
  return text.size() >= 2 && text.front() == '{' && text.back() == '}';
}

}  // namespace

base::Result<base::Bytes> padded_text(std::initializer_list<std::string_view> parts,
                                      std::size_t tail_bytes, std::size_t max_bytes,
                                      std::string_view what) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  const std::size_t padded = padme_length(size);
  if (padded > max_bytes) {
    return base::Error(base::ErrorCode::payload_too_large,
                       std::string(what) + " to be sealed may have " + std::to_string(max_bytes) +
                           " bytes with its padding; this one has " + std::to_string(padded) +
                           ". Shorten it.");
  }
  base::Bytes out;
  out.reserve(padded + tail_bytes);
  for (const std::string_view part : parts) out.insert(out.end(), part.begin(), part.end());
  out.resize(padded, ' ');
  out.resize(padded + tail_bytes);
  return out;
}

base::Result<std::string_view> unpadded_text(std::string_view plaintext, std::size_t max_bytes) {
  if (plaintext.size() > max_bytes || padme_length(plaintext.size()) != plaintext.size())
    return refused("The plaintext's length is not a padded one.");
  const std::string_view text = plaintext.substr(0, plaintext.find_last_not_of(' ') + 1);
  if (!is_object_text(text))
    return refused("The plaintext is not an object with spaces behind it.");
  return text;
}

base::Result<json::Document> parse_object(std::string_view text) {
  if (!is_object_text(text))
    return base::Error(base::ErrorCode::invalid_json, "This is not the text of one JSON object.");
  return json::Document::parse_in_place(
      text, {.max_bytes = text.size(), .max_depth = kMaxObjectDepth + 1});
}

base::Result<std::string_view> object_text(std::string_view object, std::string_view name) {
  const auto text = json::member_text(object, name);
  if (!text || !is_object_text(*text)) return refused("The plaintext lacks an object.", name);
  return *text;
}

base::Status check_object_text(std::string_view text, std::size_t max_bytes,
                               std::string_view what) {
  if (!is_object_text(text)) {
    return base::Error(base::ErrorCode::invalid_json,
                       std::string(what) + " must be the text of one JSON object.");
  }
  const auto document =
      json::Document::parse_in_place(text, {.max_bytes = max_bytes, .max_depth = kMaxObjectDepth});
  if (!document.ok()) return document.error();
  return {};
}

}  // namespace b3iq::protocol

#include "protocol/ids.h"

#include <algorithm>

namespace b3iq::protocol::detail {
namespace {

constexpr std::size_t kUlidChars = 26;
constexpr std::size_t kMaxClientId = 64;

}  // namespace

bool valid_hash_id(std::string_view text, std::string_view prefix, std::size_t bytes) {
  if (!text.starts_with(prefix)) return false;
  const std::string_view rest = text.substr(prefix.size());
  // Both lengths in use are whole multiples of 5 bytes, so there are no trailing bits to check.
  return rest.size() == bytes * 8 / 5 && std::all_of(rest.begin(), rest.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
         });
}

bool valid_record_id(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  const std::string_view ulid = text.substr(prefix.size());
  if (ulid.size() != kUlidChars || ulid[0] > '7') return false;
  return std::all_of(ulid.begin(), ulid.end(), [](char c) {
    return (c >= '0' && c <= '9') ||
           (c >= 'A' && c <= 'Z' && c != 'I' && c != 'L' && c != 'O' && c != 'U');
  });
}

bool valid_client_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxClientId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

base::Error id_refused(std::string_view name, std::string_view prefix) {
  std::string detail = "This is not a well-formed ";
  detail.append(name);
  if (prefix.empty()) {
    detail.append("; use 1 to 64 of A-Z, a-z, 0-9, _ and -.");
  } else {
    detail.append("; send it as it was given to you, beginning with ").append(prefix).append(".");
  }
  return base::Error(base::ErrorCode::invalid_request, std::move(detail));
}

}  // namespace b3iq::protocol::detail

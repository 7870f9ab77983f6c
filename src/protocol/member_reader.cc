#include "protocol/member_reader.h"

#include "base/clock.h"

namespace b3iq::protocol {
namespace {

constexpr std::size_t kTimeChars = 24;  // milliseconds are not optional here

}  // namespace

bool is_printable(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && base::valid_utf8(text) &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

base::Result<MemberReader> MemberReader::open(json::Value value, std::string_view document) {
  if (!value.is_object()) {
    return base::Error(base::ErrorCode::invalid_request,
                       std::string(document) + " is a JSON object.");
  }
  return MemberReader(value, document);
}

base::Error MemberReader::refused(std::string_view name, std::string_view what) const {
  std::string detail(document_);
  detail.append("'s ").append(name).append(" ").append(what).append(".");
  return base::Error(base::ErrorCode::invalid_request, std::move(detail), std::string(name));
}

json::Value MemberReader::take(std::string_view name) {
  const json::Value value = object_.find(name);
  if (value) ++taken_;
  return value;
}

bool MemberReader::is_null(std::string_view name) const {
  const json::Value value = object_.find(name);
  return value && value.is_null();
}

base::Result<std::string_view> MemberReader::text(std::string_view name) {
  const auto value = take(name).string();
  if (!value) return refused(name, "must be a string");
  return *value;
}

base::Result<std::string> MemberReader::string(std::string_view name) {
  TRY(const auto value, text(name));
  return std::string(value);
}

base::Result<std::string> MemberReader::printable(std::string_view name, std::size_t max_bytes) {
  TRY(const auto value, text(name));
  if (!is_printable(value, max_bytes))
    return refused(name, "is empty, too long or holds control characters");
  return std::string(value);
}

base::Result<std::int64_t> MemberReader::integer(std::string_view name, std::int64_t min,
                                                 std::int64_t max) {
  const auto value = take(name).integer();
  if (!value || *value < min || *value > max) {
    return refused(name,
                   "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return *value;
}

base::Result<bool> MemberReader::flag(std::string_view name) {
  const auto value = take(name).boolean();
  if (!value) return refused(name, "must be true or false");
  return *value;
}

base::Result<std::int64_t> MemberReader::time(std::string_view name) {
  TRY(const auto value, text(name));
  std::int64_t ms = 0;
  if (value.size() != kTimeChars || !base::parse_rfc3339(value, ms))
    return refused(name, "must be a UTC time with milliseconds such as 2026-11-21T09:30:00.123Z");
  return ms;
}

base::Result<json::Value> MemberReader::list(std::string_view name, std::size_t max) {
  const json::Value value = take(name);
  if (!value.is_array() || value.size() > max)
    return refused(name, "must be a list of at most " + std::to_string(max));
  return value;
}

base::Result<json::Value> MemberReader::object(std::string_view name) {
  const json::Value value = take(name);
  if (!value.is_object()) return refused(name, "must be an object");
  return value;
}

base::Result<std::optional<std::string>> MemberReader::nullable_printable(std::string_view name,
                                                                          std::size_t max_bytes) {
  if (is_null(name)) {
    take(name);
    return std::optional<std::string>();
  }
  TRY(auto value, printable(name, max_bytes));
  return std::optional<std::string>(std::move(value));
}

base::Result<std::optional<std::int64_t>> MemberReader::nullable_integer(std::string_view name,
                                                                         std::int64_t min,
                                                                         std::int64_t max) {
  if (is_null(name)) {
    take(name);
    return std::optional<std::int64_t>();
  }
  TRY(const auto value, integer(name, min, max));
  return std::optional<std::int64_t>(value);
}

base::Result<std::optional<bool>> MemberReader::nullable_flag(std::string_view name) {
  if (is_null(name)) {
    take(name);
    return std::optional<bool>();
  }
  TRY(const auto value, flag(name));
  return std::optional<bool>(value);
}

base::Status MemberReader::done() const {
  if (all_taken()) return {};
  return base::Error(base::ErrorCode::invalid_request,
                     std::string(document_) + " has members that are not known. Leave them out.");
}

}  // namespace b3iq::protocol

// Typed decode of one JSON object of the wire: each read names a member, checks it against its one
// form and counts it, so that in the end no other is left. Errors are invalid_request, the member
// as param. For this module's decoders.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/result.h"
#include "json/json.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {

// 1 to `max_bytes` of UTF-8 without control characters.
bool is_printable(std::string_view text, std::size_t max_bytes);

class MemberReader {
 public:
  // `document` as it begins a sentence: "A receipt". Errors: when `value` is no object.
  static base::Result<MemberReader> open(json::Value value, std::string_view document);

  // Take each name once.
  base::Result<std::string_view> text(std::string_view name);
  base::Result<std::string> string(std::string_view name);  // unchecked
  base::Result<std::string> printable(std::string_view name, std::size_t max_bytes);
  base::Result<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  base::Result<bool> flag(std::string_view name);
  // RFC 3339, UTC, milliseconds not optional.
  base::Result<std::int64_t> time(std::string_view name);
  // At most `max` elements.
  base::Result<json::Value> list(std::string_view name, std::size_t max);
  base::Result<json::Value> object(std::string_view name);
  template <class Type>
  base::Result<Type> id(std::string_view name) {
    TRY(const auto value, text(name));
    if (!Type::valid(value)) return refused(name, "is not well formed");
    return Type::parse(value);
  }
  template <class Enum, std::size_t N>
  base::Result<Enum> choice(std::string_view name, const std::array<std::string_view, N>& names) {
    TRY(const auto value, text(name));
    const auto found = value_of_name<Enum>(names, value);
    if (!found) return refused(name, "is not one of the known values");
    return *found;
  }
  // base64url.
  template <std::size_t N>
  base::Result<std::array<std::uint8_t, N>> bytes(std::string_view name) {
    TRY(const auto value, text(name));
    std::array<std::uint8_t, N> out;
    if (!base::read_base64url(value, out))
      return refused(name, "must be " + std::to_string(N) + " bytes in base64url");
    return out;
  }
  // A text of its own form: `valid` judges it, `form` says what it must be.
  template <class Valid>
  base::Result<std::string> formed(std::string_view name, Valid valid, std::string_view form) {
    TRY(const auto value, text(name));
    if (!valid(value)) return refused(name, form);
    return std::string(value);
  }

  // The member must be there; JSON null is nullopt.
  base::Result<std::optional<std::string>> nullable_printable(std::string_view name,
                                                              std::size_t max_bytes);
  base::Result<std::optional<std::int64_t>> nullable_integer(std::string_view name,
                                                             std::int64_t min, std::int64_t max);
  base::Result<std::optional<bool>> nullable_flag(std::string_view name);

  json::Value take(std::string_view name);  // absent when there is none
  bool has(std::string_view name) const { return static_cast<bool>(object_.find(name)); }
  bool is_null(std::string_view name) const;
  bool all_taken() const { return taken_ == object_.size(); }
  // Errors: invalid_request when a member is left that was not taken.
  base::Status done() const;
  base::Error refused(std::string_view name, std::string_view what) const;

 private:
  MemberReader(json::Value object, std::string_view document)
      : object_(object), document_(document) {}
  json::Value object_;
  std::string_view document_;
  std::size_t taken_ = 0;
};

}  // namespace b3iq::protocol

#include "control/admin/admin_body.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/expiry.h"
#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

Error wrong_member(std::string_view name, std::string_view form) {
  return Error(ErrorCode::invalid_request, fmt::format("'{}' is needed, as {}.", name, form),
               std::string(name));
}

// A server does not keep NUL in a text, and what is shown on a terminal is no place for the others.
bool is_plain(std::string_view text) {
  return text.empty() || protocol::is_printable(text, text.size());
}
constexpr std::string_view kTextForm = "a text without control characters";

}  // namespace

Result<AdminBody> AdminBody::parse(std::string_view text,
                                   std::initializer_list<std::string_view> members) {
  TRY(auto document, json::Document::parse(text.empty() ? "{}" : text));
  const auto root = document.root();
  if (!root.is_object())
    return Error(ErrorCode::invalid_request, "The body must be a JSON object.");
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto name = root.member(i).name;
    if (std::ranges::find(members, name) == members.end()) {
      return Error(ErrorCode::invalid_request,
                   fmt::format("There is no member '{}' here. There are: {}.", name,
                               fmt::join(members, ", ")),
                   std::string(name));
    }
  }
  return AdminBody(std::move(document));
}

Result<std::string> AdminBody::text(std::string_view name) const {
  const auto text = value(name).string();
  if (!text || !is_plain(*text)) return wrong_member(name, kTextForm);
  return std::string(*text);
}

Result<std::string> AdminBody::text(std::string_view name, std::string_view fallback) const {
  if (!has(name)) return std::string(fallback);
  return text(name);
}

Result<std::int64_t> AdminBody::integer(std::string_view name, std::int64_t fallback) const {
  if (!has(name)) return fallback;
  const auto number = value(name).integer();
  if (!number) return wrong_member(name, "a whole number");
  return *number;
}

Result<std::vector<std::string>> AdminBody::texts(std::string_view name) const {
  std::vector<std::string> list;
  const auto array = value(name);
  if (array && !array.is_array()) return wrong_member(name, "a list of texts");
  for (std::size_t i = 0; i < array.size(); ++i) {
    const auto text = array.at(i).string();
    if (!text || !is_plain(*text)) return wrong_member(name, "a list of texts");
    list.emplace_back(*text);
  }
  return list;
}

Result<std::string> AdminBody::canonical_without(std::string_view name) const {
  auto text = json::canonical_without(document_.root(), name);
  if (text.ok()) return text;
  return Error(ErrorCode::invalid_request, "A number in the body is not a whole one up to 2^53-1.");
}

Result<std::int64_t> life_of(const AdminBody& body, std::int64_t fallback_ms, std::int64_t now_ms) {
  if (!body.has("expires")) return fallback_ms;
  TRY(const auto text, body.text("expires"));
  TRY(const auto at_ms, base::parse_expiry(text, now_ms));
  return at_ms - now_ms;
}

}  // namespace b3iq::control

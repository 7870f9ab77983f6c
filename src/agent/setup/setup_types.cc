#include "agent/setup/setup_types.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

// A value that was wrong is told back, but not without end.
constexpr std::size_t kMaxEchoedBytes = 64;

Error wrong(std::string_view name, std::string_view what) {
  return Error(ErrorCode::invalid_request, fmt::format("'{}' must be {}.", name, what),
               std::string(name));
}

Status read_strings(json::Value value, std::string_view name, std::vector<std::string>& out) {
  if (!value.is_array()) return wrong(name, "a list of strings");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto text = value.at(i).string();
    if (!text) return wrong(name, "a list of strings");
    out.emplace_back(*text);
  }
  return {};
}

Status read_scopes(json::Value value, KeySpec& spec) {
  std::vector<std::string> names;
  TRY_OK(read_strings(value, "scopes", names));
  spec.scopes.clear();
  for (const auto& name : names) {
    const auto scope = scope_from_name(name);
    if (!scope) {
      return Error(ErrorCode::invalid_request,
                   fmt::format("There is no scope '{}'. The scopes are chat, models, receipts and "
                               "metrics.",
                               std::string_view(name).substr(0, kMaxEchoedBytes)),
                   "scopes");
    }
    spec.scopes.push_back(*scope);
  }
  return {};
}

Status read_limit(json::Value value, std::string_view name, std::int64_t& out) {
  const auto number = value.integer();
  if (!number || *number < 0) return wrong(name, "a whole number from 0 (no limit) up");
  out = *number;
  return {};
}

Status read_member(std::string_view name, json::Value value, std::int64_t now_ms, KeySpec& spec) {
  if (name == "name" || name == "user") {
    const auto text = value.string();
    if (!text) return wrong(name, "a string");
    (name == "name" ? spec.name : spec.user) = *text;
    return {};
  }
  if (name == "scopes") return read_scopes(value, spec);
  if (name == "models") return read_strings(value, name, spec.models);
  if (name == "expires") {
    const auto text = value.string();
    if (!text) return wrong(name, "a string such as 90d");
    TRY(spec.expires_at_ms, parse_expiry(*text, now_ms));
    return {};
  }
  if (name == "requests_per_minute")
    return read_limit(value, name, spec.limits.requests_per_minute);
  if (name == "tokens_per_minute") return read_limit(value, name, spec.limits.tokens_per_minute);
  if (name == "budget_tokens") return read_limit(value, name, spec.limits.budget_tokens);
  if (name == "budget_requests") return read_limit(value, name, spec.limits.budget_requests);
  if (name == "budget_period") {
    const auto period = period_from_name(value.string().value_or(""));
    if (!period) return wrong(name, "total, day or month");
    spec.limits.budget_period = *period;
    return {};
  }
  return Error(ErrorCode::invalid_request, fmt::format("A key has no member '{}'.", name),
               std::string(name));
}

void write_time(json::Writer& w, std::string_view name, const std::optional<std::int64_t>& ms) {
  w.key(name);
  if (ms) {
    w.value(base::format_rfc3339(*ms));
  } else {
    w.null();
  }
}

}  // namespace

Result<KeySpec> decode_key_spec(json::Value body, std::int64_t now_ms) {
  if (!body.is_object())
    return Error(ErrorCode::invalid_request, "The body must be a JSON object.");
  KeySpec spec;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto member = body.member(i);
    TRY_OK(read_member(member.name, member.value, now_ms, spec));
  }
  TRY_OK(check_key_spec(spec));
  return spec;
}

std::string_view key_status(const LocalKey& key, std::int64_t now_ms) {
  if (key.revoked_at_ms) return "revoked";
  if (key.spec.expires_at_ms && *key.spec.expires_at_ms <= now_ms) return "expired";
  return "active";
}

void write_key(json::Writer& w, const LocalKey& key, std::int64_t now_ms) {
  const auto& spec = key.spec;
  w.member("id", key.id);
  w.member("name", spec.name);
  w.member("user", spec.user);
  w.member("status", key_status(key, now_ms));
  w.key("scopes");
  w.begin_array();
  for (const auto scope : spec.scopes) w.value(scope_name(scope));
  w.end_array();
  w.key("models");
  w.begin_array();
  for (const auto& model : spec.models) w.value(std::string_view(model));
  w.end_array();
  write_time(w, "created_at", key.created_at_ms);
  write_time(w, "expires_at", spec.expires_at_ms);
  write_time(w, "revoked_at", key.revoked_at_ms);
  write_time(w, "last_used_at", key.last_used_at_ms);
  w.member("requests_per_minute", spec.limits.requests_per_minute);
  w.member("tokens_per_minute", spec.limits.tokens_per_minute);
  w.member("budget_tokens", spec.limits.budget_tokens);
  w.member("budget_requests", spec.limits.budget_requests);
  w.member("budget_period", period_name(spec.limits.budget_period));
}

}  // namespace b3iq::agent

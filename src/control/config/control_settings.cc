#include "control/config/control_settings.h"

#include <fmt/format.h>

#include "base/text.h"
#include "control/config/control_settings_table.h"
#include "crypto/secret_file.h"
#include "http/client.h"
#include "http/listen_text.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kPostgresSchemes[] = {"postgresql://", "postgres://"};

base::LogLevel level_of(std::string_view name) {
  using enum base::LogLevel;
  return name == "debug"   ? debug
         : name == "warn"  ? warn
         : name == "error" ? error
         : name == "off"   ? off
                           : info;
}

bool is_postgres(std::string_view uri) {
  for (const auto scheme : kPostgresSchemes)
    if (uri.starts_with(scheme)) return true;
  return false;
}

// user:password@, or a password parameter.
bool holds_password(std::string_view uri) {
  const auto begin = uri.find("://");
  if (begin == std::string_view::npos) return false;
  const auto authority = uri.substr(begin + 3, uri.find_first_of("/?", begin + 3) - begin - 3);
  const auto at = authority.rfind('@');
  const bool in_user =
      at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
  return in_user || uri.find("password=") != std::string_view::npos;
}

Error wrong_uri(std::string_view option) {
  return Error(ErrorCode::config_invalid,
               fmt::format("'{}' must be a URI such as postgresql://USER@HOST/DATABASE (its value "
                           "is not shown: it may hold a password). Leave it out to use control.db "
                           "in the home.",
                           option),
               std::string(option));
}

Result<crypto::Secret> read_database(const config::Config& values) {
  const auto& text = values.text("database");
  const auto& file = values.text("database_file");
  if (!text.empty() && !file.empty()) {
    return Error(ErrorCode::config_invalid,
                 "Both database and database_file are set. Leave one of them out.",
                 "database_file");
  }
  if (!file.empty()) {
    TRY(const auto content, crypto::read_secret_file(file));
    crypto::Secret uri(base::trimmed(content.reveal_text()));
    if (!is_postgres(uri.reveal_text())) return wrong_uri("database_file");
    return uri;
  }
  if (text.empty()) return crypto::Secret();
  if (!is_postgres(text)) return wrong_uri("database");
  if (values.origin("database").kind == config::Origin::Kind::flag && holds_password(text)) {
    return Error(ErrorCode::config_invalid,
                 "--database holds a password, which other users of this machine can read in the "
                 "process list. Put the URI into a file (chmod 600) and name it with "
                 "`database_file` in config.json, or into B3IQ_CONTROL_DATABASE.",
                 "database");
  }
  return crypto::Secret(text);
}

Status read_tls(const config::Config& values, std::optional<http::TlsFiles>& out) {
  const auto& certificate = values.text("tls.certificate");
  const auto& key = values.text("tls.key");
  if (certificate.empty() != key.empty()) {
    return Error(ErrorCode::config_invalid,
                 "TLS needs both tls.certificate and tls.key in config.json.",
                 certificate.empty() ? "tls.certificate" : "tls.key");
  }
  if (!key.empty()) out = http::TlsFiles{certificate, key};
  return {};
}

Result<std::string> read_public_url(const config::Config& values) {
  std::string url = values.text("public_url");
  if (url.empty()) return url;
  while (url.ends_with('/')) url.pop_back();
  const auto origin = http::parse_origin(url);
  const auto wrong = [&](std::string_view why) {
    return Error(
        ErrorCode::config_invalid,
        fmt::format("'public_url' in config.json {}, such as https://control.example.", why),
        "public_url");
  };
  if (!origin.ok()) return wrong("must be a URL");
  const bool loopback = origin->host == "localhost" ||
                        http::classify_address(origin->host) == http::AddressClass::loopback;
  if (!origin->tls && !loopback) return wrong("must begin with https:// beyond this machine");
  return url;
}

LimitSettings read_limits(const config::Config& values) {
  return {static_cast<std::size_t>(values.size_bytes("limits.body")),
          static_cast<std::size_t>(values.integer("limits.connections")),
          values.integer("limits.public_per_minute"),
          values.integer("limits.enrollment_per_minute"),
          values.integer("limits.node_per_minute"),
          values.integer("limits.admin_failures_per_minute")};
}

}  // namespace

Result<ControlSettings> load_control_settings(const ControlHome& home, const SettingFlags& flags) {
  auto loaded =
      config::load(control_settings_table(), home.config(), config::process_environment(), flags);
  if (!loaded.ok()) {
    if (loaded.error().code != ErrorCode::not_found) return loaded.error();
    return Error(ErrorCode::not_found,
                 fmt::format("There is no {}. Run: b3iq-control-plane --home {} init",
                             home.config(), home.root));
  }
  return read_control_settings(std::move(loaded).value());
}

Result<ControlSettings> read_control_settings(config::Config merged) {
  const auto kept = std::make_shared<const config::Config>(std::move(merged));
  const auto& values = *kept;
  ControlSettings settings;
  TRY(settings.listen, http::parse_listen(values.text("listen")));
  TRY_OK(read_tls(values, settings.tls));
  TRY(settings.public_url, read_public_url(values));
  TRY(settings.database_uri, read_database(values));
  for (const auto& text : values.list("trusted_proxies")) {
    auto range = parse_address_range(text);
    if (!range.ok()) {
      return Error(ErrorCode::config_invalid, "trusted_proxies: " + range.error().detail,
                   "trusted_proxies");
    }
    settings.trusted_proxies.push_back(*range);
  }
  settings.limits = read_limits(values);
  settings.heartbeat_interval_ms = values.duration_ms("heartbeat_interval");
  TRY(settings.nats, read_nats_settings(values));
  TRY(settings.second_approval, read_approval_acts(values.list("admin.second_approval")));
  settings.drain_ms = values.duration_ms("drain");
  settings.log_level = level_of(values.text("log.level"));
  settings.log_format =
      values.text("log.format") == "json" ? base::LogFormat::json : base::LogFormat::text;
  settings.values = kept;
  return settings;
}

Status check_listen_rules(const ControlSettings& settings) {
  const bool loopback =
      http::classify_address(settings.listen.host) == http::AddressClass::loopback;
  if (loopback || settings.tls || !settings.trusted_proxies.empty()) return {};
  return Error(
      ErrorCode::config_invalid,
      fmt::format("{} can be reached from other machines, without TLS. Set tls.certificate "
                  "and tls.key in config.json, or, when a proxy in front of it does TLS, "
                  "name the proxy in trusted_proxies.",
                  settings.listen.host),
      "listen");
}

}  // namespace b3iq::control

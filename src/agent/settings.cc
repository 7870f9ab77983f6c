#include "agent/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/settings_table.h"
#include "config/config.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

// An object whose members are each a name or a list of names.
Status read_name_lists(json::Value section, std::string_view where, std::string_view what,
                       std::map<std::string, std::vector<std::string>>& out) {
  const auto wrong = [&] {
    return Error(
        ErrorCode::config_invalid,
        fmt::format("'{}' in config.json maps a name to {}, or to a list of them.", where, what),
        std::string(where));
  };
  if (section && !section.is_object()) return wrong();
  for (std::size_t i = 0; i < section.size(); ++i) {
    const auto member = section.member(i);
    std::vector<std::string> names;
    if (const auto one = member.value.string()) {
      names.emplace_back(*one);
    } else {
      for (std::size_t k = 0; k < member.value.size() && member.value.is_array(); ++k)
        names.emplace_back(member.value.at(k).string().value_or(""));
    }
    const bool has_empty = std::ranges::find(names, "") != names.end();
    if (member.name.empty() || names.empty() || has_empty) return wrong();
    out.emplace(member.name, std::move(names));
  }
  return {};
}

Status check_preferred(const Settings& settings) {
  for (const auto& [model, ids] : settings.model_names.preferred_runtimes) {
    for (const auto& id : ids) {
      if (id == kInstalledRuntime ||
          std::ranges::find(settings.runtimes, id, &RuntimeSettings::id) != settings.runtimes.end())
        continue;
      return Error(
          ErrorCode::config_invalid,
          fmt::format("'models.prefer' in config.json names the runtime '{}' for '{}', but "
                      "'runtimes' has none of that id.",
                      id, model),
          "models.prefer");
    }
  }
  return {};
}

// Nothing when the section was not given.
Result<std::optional<json::Document>> parse_section(const std::string& text) {
  if (text.empty()) return std::optional<json::Document>();
  TRY(auto document, json::Document::parse(text));
  return std::optional<json::Document>(std::move(document));
}

base::LogLevel level_of(std::string_view name) {
  using enum base::LogLevel;
  return name == "debug"   ? debug
         : name == "warn"  ? warn
         : name == "error" ? error
         : name == "off"   ? off
                           : info;
}

TelemetrySettings read_telemetry(const config::Config& values) {
  TelemetrySettings telemetry;
  telemetry.otlp_endpoint = values.text("telemetry.otlp_endpoint");
  telemetry.otlp_headers_file = values.text("telemetry.otlp_headers_file");
  telemetry.interval_ms = values.duration_ms("telemetry.interval");
  telemetry.sampling_percent = values.integer("telemetry.sampling");
  telemetry.trusts_traceparent = values.boolean("telemetry.trust_traceparent");
  const auto& runtimes = values.text("telemetry.trace_runtimes");
  telemetry.trace_runtimes = runtimes == "all"    ? TraceRuntimes::all
                             : runtimes == "none" ? TraceRuntimes::none
                                                  : TraceRuntimes::loopback;
  return telemetry;
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

}  // namespace

std::map<std::string, std::string> setting_flags(const std::string& listen_flag) {
  std::map<std::string, std::string> flags;
  if (!listen_flag.empty()) flags["--listen"] = listen_flag;
  return flags;
}

Result<Settings> load_settings(const std::string& config_path, const std::string& listen_flag) {
  auto loaded = config::load(settings_table(), config_path, config::process_environment(),
                             setting_flags(listen_flag));
  if (!loaded.ok()) {
    if (loaded.error().code != ErrorCode::not_found) return loaded.error();
    return Error(ErrorCode::not_found,
                 fmt::format("There is no {}. Run: b3iq-host init", config_path));
  }
  return read_settings(std::move(loaded).value(), listen_flag);
}

Result<Settings> read_settings(config::Config merged, std::string listen_flag) {
  const auto kept = std::make_shared<const config::Config>(std::move(merged));
  const auto& values = *kept;
  Settings settings;
  TRY(settings.listen, parse_listen(values.text("listen")));
  TRY_OK(read_tls(values, settings.tls));
  TRY(const auto runtimes, parse_section(values.section("runtimes")));
  TRY(settings.runtimes, read_runtimes(runtimes ? runtimes->root() : json::Value()));
  TRY(const auto aliases, parse_section(values.section("models.aliases")));
  TRY_OK(read_name_lists(aliases ? aliases->root() : json::Value(), "models.aliases",
                         "a model's name", settings.model_names.aliases));
  TRY(const auto prefer, parse_section(values.section("models.prefer")));
  TRY_OK(read_name_lists(prefer ? prefer->root() : json::Value(), "models.prefer", "a runtime's id",
                         settings.model_names.preferred_runtimes));
  TRY_OK(check_preferred(settings));
  settings.installed = {
      values.size_bytes("models.memory"),       values.duration_ms("models.keep_loaded"),
      values.integer("models.context_tokens"),  values.integer("models.slots"),
      values.integer("models.threads"),         values.integer("models.gpu_layers"),
      values.size_bytes("models.download_rate")};
  settings.queue.waiting = values.integer("limits.queue");
  settings.queue.wait_ms = values.duration_ms("limits.queue_wait");
  settings.node_id = values.text("node_id");
  settings.allow_remote = values.boolean("allow_remote");
  settings.allowed_hosts = values.list("allowed_hosts");
  settings.allowed_origins = values.list("allowed_origins");
  settings.max_body_bytes = values.size_bytes("limits.body");
  settings.assumed_completion_tokens = values.integer("limits.assumed_completion_tokens");
  settings.drain_ms = values.duration_ms("drain");
  settings.log_level = level_of(values.text("log.level"));
  settings.log_file_bytes = values.size_bytes("log.file_size");
  settings.request_log_entries = values.integer("request_log.entries");
  settings.telemetry = read_telemetry(values);
  TRY(settings.updates, read_update_settings(values));
  TRY(settings.managed, read_managed_settings(values));
  settings.log_format =
      values.text("log.format") == "json" ? base::LogFormat::json : base::LogFormat::text;
  settings.values = kept;
  settings.listen_flag = std::move(listen_flag);
  return settings;
}

}  // namespace b3iq::agent

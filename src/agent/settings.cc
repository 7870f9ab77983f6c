#include "agent/settings.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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

constexpr RuntimeKind kRuntimeKinds[] = {RuntimeKind::embedded, RuntimeKind::openai,
                                         RuntimeKind::ollama, RuntimeKind::vllm,
                                         RuntimeKind::sglang};
constexpr std::size_t kMaxRuntimes = 32;
constexpr std::int64_t kMaxSlots = 256;
constexpr std::int64_t kMaxThreads = 1024;
constexpr std::int64_t kMaxContextTokens = 16 * 1024 * 1024;
constexpr std::int64_t kMaxConcurrent = 100'000;
constexpr std::int64_t kMaxGpuLayers = 10'000;

// Reads the members of one entry of `runtimes`; remembers the first thing that is wrong.
class EntryReader {
 public:
  EntryReader(json::Value entry, std::size_t index)
      : entry_(entry), where_(fmt::format("runtimes[{}]", index)) {}

  void text(std::string_view name, std::string& out) {
    known_.push_back(name);
    const auto value = entry_.find(name);
    if (!value) return;
    if (const auto found = value.string()) {
      out = *found;
    } else {
      wrong(name, "a text");
    }
  }
  void integer(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t& out) {
    known_.push_back(name);
    const auto value = entry_.find(name);
    if (!value) return;
    const auto found = value.integer();
    if (!found || *found < low || *found > high) {
      wrong(name, fmt::format("a whole number from {} to {}", low, high));
    } else {
      out = *found;
    }
  }
  void texts(std::string_view name, std::vector<std::string>& out) {
    known_.push_back(name);
    const auto value = entry_.find(name);
    if (!value) return;
    if (!value.is_array()) wrong(name, "a list of texts");
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (const auto item = value.at(i).string()) {
        out.emplace_back(*item);
      } else {
        wrong(name, "a list of texts");
      }
    }
  }
  void wrong(std::string_view name, std::string_view what) {
    if (!error_) {
      error_ = Error(ErrorCode::config_invalid,
                     fmt::format("'{}.{}' in config.json must be {}.", where_, name, what), where_);
    }
  }
  Status finish() {
    for (std::size_t i = 0; !error_ && i < entry_.size(); ++i) {
      const auto name = entry_.member(i).name;
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        error_ = Error(
            ErrorCode::config_invalid,
            fmt::format("'{}' in config.json has no member '{}' (docs/config.md).", where_, name),
            where_);
      }
    }
    if (error_) return *error_;
    return {};
  }

 private:
  json::Value entry_;
  std::string where_;
  std::vector<std::string_view> known_;
  std::optional<Error> error_;
};

bool valid_runtime_id(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  for (const char c : id) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!allowed) return false;
  }
  return true;
}

constexpr std::string_view kOllamaUrl = "http://127.0.0.1:11434";

void read_embedded(EntryReader& reader, RuntimeSettings& runtime) {
  reader.text("model", runtime.model_path);
  reader.text("name", runtime.model_name);
  reader.integer("context_tokens", 0, kMaxContextTokens, runtime.context_tokens);
  reader.integer("slots", 1, kMaxSlots, runtime.slots);
  reader.integer("threads", 0, kMaxThreads, runtime.threads);
  reader.integer("gpu_layers", -1, kMaxGpuLayers, runtime.gpu_layers);
}

// What every runtime has that is a server.
void read_server(EntryReader& reader, RuntimeSettings& runtime) {
  reader.text("base_url", runtime.base_url);
  reader.text("api_key_file", runtime.api_key_file);
  reader.text("ca_file", runtime.ca_file);
  reader.texts("models", runtime.models);
  reader.integer("max_concurrent", 0, kMaxConcurrent, runtime.max_concurrent);
  if (runtime.base_url.empty())
    reader.wrong("base_url", "the server's address, such as http://127.0.0.1:8080/v1");
}

void read_profile(EntryReader& reader, RuntimeSettings& runtime) {
  std::string profile;
  reader.text("profile", profile);
  if (profile == "lmstudio") {
    runtime.profile = runtimes::ServerProfile::lmstudio;
  } else if (profile == "llama-server") {
    runtime.profile = runtimes::ServerProfile::llama_server;
  } else if (!profile.empty()) {
    reader.wrong("profile", "lmstudio or llama-server, or be left out");
  }
}

void read_members(EntryReader& reader, RuntimeSettings& runtime) {
  switch (runtime.kind) {
    case RuntimeKind::embedded:
      read_embedded(reader, runtime);
      return;
    case RuntimeKind::ollama:
      runtime.base_url = kOllamaUrl;
      reader.integer("context_tokens", 0, kMaxContextTokens, runtime.context_tokens);
      break;
    case RuntimeKind::openai:
      read_profile(reader, runtime);
      break;
    case RuntimeKind::vllm:
      runtime.profile = runtimes::ServerProfile::vllm;
      break;
    case RuntimeKind::sglang:
      runtime.profile = runtimes::ServerProfile::sglang;
      break;
  }
  read_server(reader, runtime);
}

// False when there is no such kind.
bool read_kind(EntryReader& reader, std::string_view kind, RuntimeSettings& runtime) {
  const auto named = std::ranges::find(kRuntimeKinds, kind, runtime_kind_name);
  if (named == std::end(kRuntimeKinds)) return false;
  runtime.kind = *named;
  read_members(reader, runtime);
  return true;
}

Result<RuntimeSettings> read_runtime(json::Value entry, std::size_t index) {
  EntryReader reader(entry, index);
  RuntimeSettings runtime;
  std::string kind;
  reader.text("id", runtime.id);
  reader.text("kind", kind);
  if (!valid_runtime_id(runtime.id)) reader.wrong("id", "1 to 64 of a-z, 0-9, '-' and '_'");
  if (!read_kind(reader, kind, runtime))
    reader.wrong("kind", "embedded, ollama, vllm, sglang or openai");
  TRY_OK(reader.finish());
  return runtime;
}

Status read_runtimes(json::Value section, std::vector<RuntimeSettings>& out) {
  if (!section) {
    out.push_back({.id = "embedded"});
    return {};
  }
  if (!section.is_array() || section.size() > kMaxRuntimes) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("'runtimes' in config.json must be a list of at most {} entries.",
                             kMaxRuntimes));
  }
  for (std::size_t i = 0; i < section.size(); ++i) {
    TRY(auto runtime, read_runtime(section.at(i), i));
    if (runtime.id == kInstalledRuntime) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("The id '{}' in 'runtimes' of config.json belongs to the node's own "
                               "models. Take another one.",
                               kInstalledRuntime));
    }
    for (const auto& other : out) {
      if (other.id == runtime.id) {
        return Error(
            ErrorCode::config_invalid,
            fmt::format("Two entries of 'runtimes' in config.json have the id '{}'.", runtime.id));
      }
    }
    out.push_back(std::move(runtime));
  }
  return {};
}

// An object whose members are each a name or a list of names.
Status read_name_lists(json::Value section, std::string_view where, std::string_view what,
                       std::map<std::string, std::vector<std::string>>& out) {
  const auto wrong = [&] {
    return Error(
        ErrorCode::config_invalid,
        fmt::format("'{}' in config.json maps a name to {}, or to a list of them.", where, what));
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
                      id, model));
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
                 "TLS needs both tls.certificate and tls.key in config.json.");
  }
  if (!key.empty()) out = http::TlsFiles{certificate, key};
  return {};
}

}  // namespace

std::string_view runtime_kind_name(RuntimeKind kind) {
  switch (kind) {
    case RuntimeKind::embedded:
      return "embedded";
    case RuntimeKind::openai:
      return "openai";
    case RuntimeKind::ollama:
      return "ollama";
    case RuntimeKind::vllm:
      return "vllm";
    case RuntimeKind::sglang:
      break;
  }
  return "sglang";
}

Result<http::ListenAddress> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  const auto digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool bad_port = failure != std::errc() || end != digits.data() + digits.size();
  const std::string name(host);
  in6_addr parsed{};
  const bool numeric = ::inet_pton(AF_INET, name.c_str(), &parsed) == 1 ||
                       ::inet_pton(AF_INET6, name.c_str(), &parsed) == 1;
  if (bad_port || !numeric) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("'{}' is no address to listen on. Give a numeric address and a port: "
                             "127.0.0.1:8831 or [::1]:8831.",
                             text),
                 "listen");
  }
  return http::ListenAddress{name, port};
}

Result<Settings> load_settings(const std::string& config_path, const std::string& listen_flag) {
  std::map<std::string, std::string> flags;
  if (!listen_flag.empty()) flags["--listen"] = listen_flag;
  const auto loaded =
      config::load(settings_table(), config_path, config::process_environment(), std::move(flags));
  if (!loaded.ok()) {
    if (loaded.error().code != ErrorCode::not_found) return loaded.error();
    return Error(ErrorCode::not_found,
                 fmt::format("There is no {}. Run: b3iq-host init", config_path));
  }
  const auto& values = *loaded;
  Settings settings;
  TRY(settings.listen, parse_listen(values.text("listen")));
  TRY_OK(read_tls(values, settings.tls));
  TRY(const auto runtimes, parse_section(values.section("runtimes")));
  TRY_OK(read_runtimes(runtimes ? runtimes->root() : json::Value(), settings.runtimes));
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
  settings.log_format =
      values.text("log.format") == "json" ? base::LogFormat::json : base::LogFormat::text;
  return settings;
}

}  // namespace b3iq::agent

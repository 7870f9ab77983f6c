// The node's settings, typed and checked. The table of options (names, bounds, defaults, help) is
// in settings_table.cc; the reference page docs/config.md is generated from it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/models/model_registry.h"
#include "agent/routing/call_queue.h"
#include "agent/runtimes/runtime_settings.h"
#include "agent/sync/managed_settings.h"
#include "agent/telemetry/telemetry_settings.h"
#include "agent/updates/update_settings.h"
#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "http/listen_text.h"
#include "http/server.h"

namespace b3iq::agent {

// How the models that were installed are run.
struct InstalledModelSettings {
  std::int64_t memory_bytes = 0;  // of all that are loaded; 0: what the machine has to spare
  std::int64_t keep_loaded_ms = 0;
  std::int64_t context_tokens = 0;
  std::int64_t slots = 4;
  std::int64_t threads = 0;
  std::int64_t gpu_layers = 0;
  std::int64_t download_bytes_per_second = 0;  // 0: no limit
};

struct Settings {
  std::string node_id;  // as config.json says; "" when it does not
  http::ListenAddress listen{"127.0.0.1", 8831};
  bool allow_remote = false;
  std::optional<http::TlsFiles> tls;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
  std::int64_t max_body_bytes = 0;
  std::int64_t assumed_completion_tokens = 0;
  std::int64_t drain_ms = 0;
  base::LogLevel log_level = base::LogLevel::info;
  base::LogFormat log_format = base::LogFormat::text;
  std::int64_t log_file_bytes = 0;           // of <home>/logs together; 0: none is kept
  std::int64_t request_log_entries = 2'000;  // 0: none are kept
  TelemetrySettings telemetry;
  std::vector<RuntimeSettings> runtimes;
  QueueLimits queue;  // `running` is each runtime's own
  ModelNames model_names;
  InstalledModelSettings installed;
  UpdateSettings updates;
  ManagedSettings managed;
  // What all of it was read from; null: nothing, these are the defaults.
  std::shared_ptr<const config::Config> values;
  std::string listen_flag;
};

// Reads config.json, the environment (B3IQ_…) and `listen_flag` ("" when not given), in rising
// order of precedence. Errors: config_invalid naming the key, the file and the fix; not_found when
// there is no config.json.
base::Result<Settings> load_settings(const std::string& config_path,
                                     const std::string& listen_flag);

// The flags of `serve` as options take them.
std::map<std::string, std::string> setting_flags(const std::string& listen_flag);

// What was merged already. Errors: config_invalid; its param is the option at fault.
base::Result<Settings> read_settings(config::Config values, std::string listen_flag);

using http::parse_listen;

}  // namespace b3iq::agent

// The settings that a control plane starts with, checked and typed. Read once; then only read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "control/approvals/approval_types.h"
#include "control/config/address_range.h"
#include "control/config/control_home.h"
#include "control/nodes/node_types.h"
#include "control/wake/nats_settings.h"
#include "crypto/secret.h"
#include "http/server.h"

namespace b3iq::control {

// 0 means no limit.
struct LimitSettings {
  std::size_t body_bytes = 512 * 1024;
  std::size_t connections = 100'000;
  std::int64_t public_per_minute = 240;
  std::int64_t enrollment_per_minute = 60;
  std::int64_t node_per_minute = 6'000;
  std::int64_t admin_failures_per_minute = 20;
};

struct ControlSettings {
  http::ListenAddress listen{"127.0.0.1", 8840};
  std::optional<http::TlsFiles> tls;
  std::string public_url;       // "" when none is set; no slash at its end
  crypto::Secret database_uri;  // empty: the SQLite file of the home
  std::vector<AddressRange> trusted_proxies;
  LimitSettings limits;
  std::int64_t heartbeat_interval_ms = kHeartbeatIntervalMs;
  std::optional<NatsSettings> nats;  // none: replicas find each other's commands by polling
  ApprovalActs second_approval;      // acts that need a second person
  std::int64_t drain_ms = 30'000;
  base::LogLevel log_level = base::LogLevel::info;
  base::LogFormat log_format = base::LogFormat::json;
  std::shared_ptr<const config::Config> values;  // where each came from; null in tests
};

// Flags of the command line that are settings; only those that were given.
using SettingFlags = std::map<std::string, std::string>;

// Errors: not_found naming `init`; config_invalid and file_failed naming the option and the fix.
base::Result<ControlSettings> load_control_settings(const ControlHome& home,
                                                    const SettingFlags& flags);
// What was merged already.
base::Result<ControlSettings> read_control_settings(config::Config values);

// Whether the server may listen where it was told to: config_invalid with what is missing.
base::Status check_listen_rules(const ControlSettings& settings);

}  // namespace b3iq::control

// Sends the traces and metrics of the node to an OTLP/HTTP collector, now and then, on the loop.
// Calls never wait for it: what it cannot send in time is dropped and counted. A collector that is
// away is asked again after pauses that double. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/telemetry/otlp_json.h"
#include "agent/telemetry/telemetry_settings.h"
#include "agent/telemetry/tracer.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "http/client.h"
#include "http/fd_stream.h"

namespace b3iq::agent {

inline constexpr std::size_t kSpansPerExport = 256;
inline constexpr std::size_t kExportsPerTurn = 16;
inline constexpr int kMaxExportFailures = 6;  // then a batch is dropped
inline constexpr std::int64_t kLongestExportPauseMs = 60'000;
inline constexpr std::int64_t kLastExportMs = 2'000;  // what the node's end waits for

class OtlpExporter {
 public:
  struct Parts {
    http::EventLoop& loop;
    const base::Clock& clock;
    Tracer& tracer;
    base::Metrics& metrics;
    OtlpResource resource;
    std::uint16_t own_port = 0;  // the node's listener: never dialled
  };
  // Errors: config_invalid naming the setting; those of reading the headers' file.
  static base::Result<std::unique_ptr<OtlpExporter>> create(const TelemetrySettings& settings,
                                                            Parts parts);
  ~OtlpExporter();
  // The same errors, without an exporter.
  static base::Status check(const TelemetrySettings& settings);

  // A runtime that is there since the start.
  void know_runtime(std::string id, std::string kind) {
    parts_.resource.runtime_kinds.insert_or_assign(std::move(id), std::move(kind));
  }
  void start();
  // Sends what is left, at most kLastExportMs long, and ends. The exporter is idle() then.
  void finish();
  bool idle() const { return !running_ && !cutting_; }
  // Ends without sending anything more; idle() once the loop has settled.
  void stop();

 private:
  enum class Outcome : std::uint8_t { sent, again, refused };
  OtlpExporter(const TelemetrySettings& settings, Parts parts, http::Origin origin,
               std::vector<std::pair<std::string, std::string>> headers);
  base::Task<void> run();
  base::Task<bool> sleep(std::int64_t ms);  // false when it ends early
  base::Task<void> turn();
  base::Task<void> send_spans();
  base::Task<void> send_metrics();
  base::Task<Outcome> post(std::string_view path, std::string_view body);
  void drop_batch();
  std::int64_t pause_ms() const;
  base::Task<void> cut_late();

  Parts parts_;
  std::int64_t interval_ms_;
  std::int64_t started_unix_ns_;
  http::Origin origin_;
  std::vector<std::pair<std::string, std::string>> headers_;
  http::Client client_;
  std::optional<http::FdStream> timer_;
  int timer_fd_ = -1;
  std::optional<http::FdStream> deadline_;
  base::CancelSource cancel_;
  std::vector<CallSpan> batch_;
  int failures_ = 0;
  std::int64_t asked_pause_ms_ = 0;  // by the collector's Retry-After
  bool running_ = false;
  bool cutting_ = false;
  bool ending_ = false;
  base::Counter& exported_spans_;
  base::Counter& dropped_spans_;
  base::Counter& dropped_reports_;
  base::Counter& failed_;
};

}  // namespace b3iq::agent

// Who may have content kept, for how long, and that it is known: turning it on and off and each
// reading are in the audit log, and the time ends by itself. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/audit/audit_log.h"
#include "agent/request_log/request_log.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "http/event_loop.h"
#include "http/interval_timer.h"

namespace b3iq::agent {

inline constexpr std::int64_t kDefaultContentMs = 3'600'000;
inline constexpr std::int64_t kMaxContentMs = 24 * std::int64_t{3'600'000};
// How late the end of the time may be noticed.
inline constexpr std::int64_t kExpiryStepMs = 1'000;

class RequestLogService {
 public:
  RequestLogService(RequestLog& log, storage::Database& database, AuditLog& audit,
                    const base::Clock& clock, http::EventLoop& loop, base::Metrics& metrics);

  RequestLog& log() { return log_; }
  const RequestLog& log() const { return log_; }

  // Keeps the content of the calls that begin from now on, for `for_ms`; asked again, from now.
  // Errors: conflict when no requests are kept; invalid_request past kMaxContentMs.
  base::Task<base::Status> keep_content(std::int64_t for_ms, std::string actor);
  // Wipes it at once; the error is that of the audit log.
  base::Task<base::Status> drop_content(std::string actor);
  // The content of one request, noted in the audit log before it is given. Errors: not_found.
  // Valid until the loop goes on.
  base::Task<base::Result<const CallContent*>> read_content(std::string id, std::string actor);
  // Wall time; nothing: it is off.
  std::optional<std::int64_t> content_until_ms() const;

  // The node stops: wipes, and says so in the audit log. Before AuditLog::idle() is asked.
  void close();
  // Wipes, and waits for nothing more.
  void stop();

 private:
  base::Task<void> watch();
  void expire();
  bool is_over() const;

  RequestLog& log_;
  storage::Database& database_;
  AuditLog& audit_;
  const base::Clock& clock_;
  http::EventLoop& loop_;
  base::Gauge& kept_gauge_;
  // Both: a clock that is set back prolongs nothing, and the time counts while the machine sleeps.
  std::int64_t until_ns_ = 0;  // steady
  std::int64_t until_wall_ms_ = 0;
  std::uint64_t drops_ = 0;  // how often content was turned off
  http::FdStream* timer_ = nullptr;
  bool closed_ = false;
};

}  // namespace b3iq::agent

#include "http/request_log.h"

#include "base/log.h"

namespace b3iq::http {

void log_finished(const Finished& finished) {
  if (!base::log_enabled(base::LogLevel::debug)) return;
  base::log(
      base::LogLevel::debug, "http.request",
      {{"request_id", finished.request.request_id},
       {"operation", finished.route ? std::string_view(finished.route->operation_id) : "none"},
       {"status", std::int64_t{finished.status}},
       {"code", finished.error ? base::error_info(*finished.error).wire_name : "none"},
       {"bytes", static_cast<std::int64_t>(finished.body_bytes)},
       {"ms", static_cast<double>(finished.duration_ns) / 1e6}});
}

}  // namespace b3iq::http

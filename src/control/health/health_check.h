// Whether this process should get requests: GET /health/live says that it runs, GET /health/ready
// that it can do its work, or why not. Loop thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/wake/nats_wake.h"
#include "http/router.h"
#include "storage/database.h"

namespace b3iq::control {

// An answer of the database counts for this long: load balancers ask often.
inline constexpr std::int64_t kProbeFreshMs = 1'000;
// So long after a write that the disk or the server did not take: long enough that a load balancer
// sees it, short enough that a process without requests tries again.
inline constexpr std::int64_t kWriteFailureFreshMs = 10'000;

class HealthCheck {
 public:
  // `wake`: null without NATS.
  HealthCheck(storage::Database& database, const base::Clock& clock, const NatsWake* wake)
      : database_(database), clock_(clock), wake_(wake) {}

  void start_draining() { draining_ = true; }
  bool draining() const { return draining_; }
  // Codes of what is wrong; empty: ready. "draining", "database_unreachable",
  // "database_not_writable".
  base::Task<std::vector<std::string_view>> problems();
  // Codes of what is slower than it should be, while the process is ready all the same:
  // "nats_unreachable".
  std::vector<std::string_view> degradations() const;

 private:
  bool takes_writes() const;

  storage::Database& database_;
  const base::Clock& clock_;
  const NatsWake* wake_;
  bool draining_ = false;
  bool probing_ = false;
  bool database_answers_ = true;
  std::int64_t probed_at_ns_ = 0;  // 0: never
};

// Both outlive the router.
void add_health_routes(http::Router& router, http::Public& level, HealthCheck& health);

}  // namespace b3iq::control

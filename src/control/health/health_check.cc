#include "control/health/health_check.h"

#include "base/log.h"
#include "control/errors/outward_error.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr storage::Statement kProbe{"SELECT 1"};

Task<Status> probe(storage::Transaction& tx) {
  auto take = [](const storage::Row&) { return false; };
  co_return co_await tx.query(kProbe, {}, std::move(take));
}

void write_codes(json::Writer& w, std::string_view name,
                 const std::vector<std::string_view>& codes) {
  w.key(name);
  w.begin_array();
  for (const auto code : codes) w.value(code);
  w.end_array();
}

http::Response health_answer(const std::vector<std::string_view>& problems,
                             const std::vector<std::string_view>& degradations) {
  auto response = http::object_answer([&](json::Writer& w) {
    w.member("status", problems.empty() ? "ready" : "unready");
    write_codes(w, "reasons", problems);
    write_codes(w, "degraded", degradations);
  });
  if (!problems.empty()) {
    response.status = 503;
    response.headers.push_back({"Retry-After", "1"});
  }
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

Task<std::vector<std::string_view>> HealthCheck::problems() {
  const auto now = clock_.steady_ns();
  const bool fresh = probed_at_ns_ != 0 && now - probed_at_ns_ < kProbeFreshMs * 1'000'000;
  // While one asks, the others take the last answer: a database that hangs is asked once.
  if (!fresh && !probing_) {
    probing_ = true;
    const auto answered =
        co_await database_.read([](storage::Transaction& tx) { return probe(tx); });
    probing_ = false;
    probed_at_ns_ = clock_.steady_ns();
    if (database_answers_ && !answered.ok()) {
      base::log(base::LogLevel::error, "health.database_unreachable",
                {{"detail", std::string_view(answered.error().detail)}});
    }
    database_answers_ = answered.ok();
  }
  std::vector<std::string_view> problems;
  if (draining_) problems.emplace_back("draining");
  if (!database_answers_) {
    problems.emplace_back("database_unreachable");
  } else if (!takes_writes()) {
    problems.emplace_back("database_not_writable");
  }
  co_return problems;
}

bool HealthCheck::takes_writes() const {
  const auto failed_ms_ago = database_.stats().failed_ms_ago;
  return failed_ms_ago == storage::WriterStats::kNeverFailed ||
         failed_ms_ago > kWriteFailureFreshMs;
}

std::vector<std::string_view> HealthCheck::degradations() const {
  std::vector<std::string_view> codes;
  if (wake_ && !wake_->hears_others()) codes.emplace_back("nats_unreachable");
  return codes;
}

void add_health_routes(http::Router& router, http::Public& level, HealthCheck& health) {
  router.add(http::Method::get, "/health/live", "getLiveness", level, outward_error, 0,
             [](http::Request&, const http::Public::Principal&) -> Task<Result<http::Response>> {
               co_return http::object_answer([](json::Writer& w) { w.member("status", "alive"); });
             });
  router.add(
      http::Method::get, "/health/ready", "getReadiness", level, outward_error, 0,
      [&health](http::Request&, const http::Public::Principal&) -> Task<Result<http::Response>> {
        auto task = health.problems();
        const auto problems = co_await std::move(task);
        co_return health_answer(problems, health.degradations());
      });
}

}  // namespace b3iq::control

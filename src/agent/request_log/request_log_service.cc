#include "agent/request_log/request_log_service.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::string_view kKept = "content.kept";
constexpr std::string_view kDropped = "content.dropped";
constexpr std::string_view kRead = "content.read";
// The actor of what nobody asked for.
constexpr std::string_view kNode = "node";

Task<Status> write_act(storage::Database& database, const AuditLog& audit, AuditAct act) {
  auto body = [&](storage::Transaction& tx) { return audit.append(tx, act); };
  co_return co_await database.write(std::move(body));
}

Error no_content(std::string_view id) {
  return Error(ErrorCode::not_found,
               fmt::format("No content of the request '{}' is kept. It is kept only of calls that "
                           "begin while the owner has it turned on, and until room is needed.",
                           id.substr(0, 64)));
}

}  // namespace

RequestLogService::RequestLogService(RequestLog& log, storage::Database& database, AuditLog& audit,
                                     const base::Clock& clock, http::EventLoop& loop,
                                     base::Metrics& metrics)
    : log_(log),
      database_(database),
      audit_(audit),
      clock_(clock),
      loop_(loop),
      kept_gauge_(metrics.gauge("b3iq_request_content_kept",
                                "1 while the owner has the content of requests kept in memory")) {}

Task<Status> RequestLogService::keep_content(std::int64_t for_ms, std::string actor) {
  if (log_.max_kept() == 0) {
    co_return Error(ErrorCode::conflict,
                    "This node keeps no requests, so there is nothing that content could belong "
                    "to. Set request_log.entries in config.json and restart.",
                    "content");
  }
  if (for_ms <= 0 || for_ms > kMaxContentMs) {
    co_return Error(ErrorCode::invalid_request, "Content is kept for at most 24h: \"30m\", \"1h\".",
                    "for");
  }
  if (closed_) co_return Error(ErrorCode::shutting_down, "The node is stopping.");
  const auto drops_before = drops_;
  AuditAct act{std::move(actor), kKept, fmt::format("{}s", for_ms / 1000)};
  CO_TRY_OK(co_await write_act(database_, audit_, std::move(act)));
  if (closed_) co_return Error(ErrorCode::shutting_down, "The node is stopping.");
  if (drops_ != drops_before)
    co_return Error(ErrorCode::conflict, "Content was turned off meanwhile. Ask again.", "content");
  until_ns_ = clock_.steady_ns() + for_ms * kNsPerMs;
  until_wall_ms_ = clock_.wall_ms() + for_ms;
  log_.content().turn_on();
  kept_gauge_.set(1);
  if (timer_ == nullptr) base::detach(watch());
  co_return Status();
}

Task<Status> RequestLogService::drop_content(std::string actor) {
  ++drops_;
  if (!log_.content().on()) co_return Status();
  expire();
  AuditAct act{std::move(actor), kDropped, ""};
  co_return co_await write_act(database_, audit_, std::move(act));
}

Task<Result<const CallContent*>> RequestLogService::read_content(std::string id,
                                                                 std::string actor) {
  const auto content_of = [this](std::string_view wanted) -> const CallContent* {
    const auto* entry = log_.find(wanted);
    return entry == nullptr ? nullptr : log_.content().find(entry->seq);
  };
  if (content_of(id) == nullptr) co_return no_content(id);
  AuditAct act{std::move(actor), kRead, id};
  CO_TRY_OK(co_await write_act(database_, audit_, std::move(act)));
  // It may have gone in the meantime.
  const auto* content = content_of(id);
  if (content == nullptr) co_return no_content(id);
  co_return content;
}

std::optional<std::int64_t> RequestLogService::content_until_ms() const {
  if (!log_.content().on()) return std::nullopt;
  return std::min(until_wall_ms_, clock_.wall_ms() + (until_ns_ - clock_.steady_ns()) / kNsPerMs);
}

// One clock stands still while the machine sleeps, the other can be set: the first that says so
// ends it.
bool RequestLogService::is_over() const {
  return clock_.steady_ns() >= until_ns_ || clock_.wall_ms() >= until_wall_ms_;
}

void RequestLogService::expire() {
  log_.content().turn_off();
  kept_gauge_.set(0);
  if (timer_ != nullptr) timer_->close();
}

Task<void> RequestLogService::watch() {
  auto timer = http::interval_timer(loop_, kExpiryStepMs * 1'000);
  if (!timer) {
    // Without a timer nothing would end it.
    expire();
    audit_.note({std::string(kNode), kDropped, ""});
    co_return;
  }
  timer_ = &*timer;
  while (co_await http::next_tick(*timer)) {
    if (!log_.content().on() || !is_over()) continue;
    expire();
    audit_.note({std::string(kNode), kDropped, ""});
  }
  timer_ = nullptr;
  // It was turned on again while the timer that was closed had not ended.
  if (log_.content().on()) base::detach(watch());
}

void RequestLogService::close() {
  const bool on = log_.content().on();
  stop();
  if (on) audit_.note({std::string(kNode), kDropped, ""});
}

void RequestLogService::stop() {
  closed_ = true;
  expire();
}

}  // namespace b3iq::agent

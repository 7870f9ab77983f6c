#include "agent/sync/result_sender.h"

#include <limits>
#include <utility>

#include "agent/sync/heartbeat_loop.h"
#include "base/log.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::agent {

using base::ErrorCode;
using base::Status;
using base::Task;
using protocol::CommandId;

namespace {

constexpr std::int64_t kUntilWoken = std::numeric_limits<std::int64_t>::max() / 2;

// What the control plane will never take, however often it is brought.
bool is_final(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::conflict ||
         code == ErrorCode::invalid_request || code == ErrorCode::payload_too_large;
}

}  // namespace

ResultSender::ResultSender(ControlLink& link, CommandJournal& journal, WakeClock& wake,
                           base::Random& random)
    : link_(link), journal_(journal), wake_(wake), timer_(wake.timer()), backoff_(random) {}

void ResultSender::start() {
  if (running_ || closing_.cancelled()) return;
  running_ = true;
  base::detach(run());
}

void ResultSender::close() {
  closing_.cancel();
  timer_->wake();
}

const CommandEntry* ResultSender::next() const {
  for (const auto& [id, entry] : journal_.entries()) {
    if (entry.state != EntryState::done || held_.contains(id) || noting_.contains(id)) continue;
    if (!journal_.waits_for_lease(entry)) return &entry;
  }
  return nullptr;
}

Task<void> ResultSender::run() {
  while (!closing_.cancelled()) {
    const auto not_noted_ms = std::exchange(not_noted_ms_, 0);
    const auto* entry = not_noted_ms > 0 ? nullptr : next();
    std::int64_t until_ms = not_noted_ms > 0 ? wake_.now_ms() + not_noted_ms : kUntilWoken;
    if (entry != nullptr) {
      Sent sent{entry->id, entry->lease, {}};
      sent.status = co_await send(sent.id);
      if (closing_.cancelled()) break;
      const auto wait_ms = co_await settle(std::move(sent));
      if (wait_ms == 0) continue;
      until_ms = wake_.now_ms() + wait_ms;
    }
    co_await timer_->wait_until(until_ms);
  }
  running_ = false;
}

Task<Status> ResultSender::send(CommandId id) {
  const auto* entry = journal_.find(id);
  ControlRequest request{.path = protocol::result_path(link_.node_id(), id),
                         .body = protocol::encode_result_request(entry->lease, entry->result),
                         .max_answer_bytes = protocol::kMaxResultAnswerBytes};
  auto sending = link_.send(protocol::SignatureTag::result, std::move(request), closing_.token());
  CO_TRY(const auto body, co_await std::move(sending));
  const auto answer = protocol::decode_result_answer(body);
  if (!answer.ok()) co_return strange_answer(link_.address(), answer.error().detail);
  co_return Status();
}

Task<std::int64_t> ResultSender::settle(Sent sent) {
  const auto& status = sent.status;
  Status kept;
  if (!status.ok() && status.error().code == ErrorCode::lease_lost) {
    base::log(base::LogLevel::info, "managed.result_without_lease", {{"command", sent.id.text()}});
    kept = co_await journal_.refuse(sent.id, sent.lease);
  } else if (!status.ok() && !is_final(status.error().code)) {
    const auto state = state_after(status.error().code);
    advised_ = status.error().retry_after_ms > 0;
    const bool hopeless = state == LinkState::removed || state == LinkState::superseded;
    co_return hopeless ? kSlowBeatMs : backoff_.next_ms(status.error().retry_after_ms);
  } else {
    if (!status.ok()) {
      base::log(
          base::LogLevel::warn, "managed.result_not_taken",
          {{"command", sent.id.text()}, {"code", base::error_info(status.error().code).wire_name}});
    }
    backoff_.succeeded();
    noting_.insert(sent.id);
    base::detach(note_delivered(std::move(sent)));
    co_return 0;
  }
  if (changed_) changed_();
  co_return kept.ok() ? 0 : backoff_.next_ms(0);
}

Task<void> ResultSender::note_delivered(Sent sent) {
  const auto noted = co_await journal_.deliver(sent.id, sent.lease);
  noting_.erase(sent.id);
  // Brought again later: the control plane answers a repeat alike.
  if (!noted.ok()) {
    not_noted_ms_ = backoff_.next_ms(0);
    timer_->wake();
  }
  if (changed_) changed_();
}

}  // namespace b3iq::agent

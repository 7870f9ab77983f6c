#include "agent/sync/frame_sender.h"

#include <algorithm>

#include "base/log.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::agent {

using base::ErrorCode;
using base::Status;
using base::Task;

namespace {

// A control plane that knows no streams.
bool refuses_all(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::unimplemented;
}

// The same frames would be refused again, and perhaps those of one stream only.
bool refuses_these(ErrorCode code) {
  return code == ErrorCode::invalid_request || code == ErrorCode::payload_too_large;
}

}  // namespace

FrameSender::FrameSender(const Needs& needs)
    : needs_(needs), timer_(needs.wake.timer()), backoff_(needs.random) {
  needs_.outbox.on_change([this] { timer_->wake(); });
}

FrameSender::~FrameSender() { needs_.outbox.on_change({}); }

void FrameSender::start() {
  if (running_ || closing_.cancelled()) return;
  running_ = true;
  needs_.outbox.resume();
  base::detach(run());
}

void FrameSender::close() {
  closing_.cancel();
  needs_.outbox.pause(StreamEnd::stopped);
  timer_->wake();
}

void FrameSender::heartbeat_taken() {
  if (backoff_.failures() == 0 || advised_) return;
  resumes_ = true;
  timer_->wake();
}

Task<void> FrameSender::run() {
  while (!closing_.cancelled()) {
    const auto due = needs_.outbox.take(alone_ > 0 ? 1 : protocol::kMaxStreamsInBatch);
    if (due.streams.empty()) {
      alone_ = 0;
      co_await timer_->wait_until(due.next_ms);
      continue;
    }
    const auto began_ms = needs_.wake.now_ms();
    const auto sent = co_await send(due.streams);
    if (closing_.cancelled()) break;
    const auto wait_ms = settle(sent, due.streams);
    co_await rest(std::max(began_ms + kFramesPauseMs, needs_.wake.now_ms() + wait_ms));
  }
  running_ = false;
}

Task<void> FrameSender::rest(std::int64_t until_ms) {
  resumes_ = false;
  while (!closing_.cancelled() && !resumes_ && needs_.wake.now_ms() < until_ms)
    co_await timer_->wait_until(until_ms);
  if (!closing_.cancelled()) needs_.outbox.resume();
}

Task<Status> FrameSender::send(const std::vector<protocol::StreamFrames>& streams) {
  ControlRequest request{.path = protocol::frames_path(needs_.link.node_id()),
                         .body = protocol::encode_stream_frames(streams),
                         .max_answer_bytes = protocol::kMaxFramesAnswerBytes};
  auto sending =
      needs_.link.send(protocol::SignatureTag::frames, std::move(request), closing_.token());
  CO_TRY(const auto body, co_await std::move(sending));
  const auto answer = protocol::decode_stream_frames_answer(body);
  if (!answer.ok()) co_return strange_answer(needs_.link.address(), answer.error().detail);
  needs_.outbox.taken(*answer);
  co_return Status();
}

std::int64_t FrameSender::settle(const Status& sent,
                                 const std::vector<protocol::StreamFrames>& streams) {
  if (alone_ > 0) --alone_;
  if (!sent.ok() && !refuses_these(sent.error().code)) return failed(sent.error());
  backoff_.succeeded();
  if (sent.ok()) return 0;
  if (streams.size() == 1) {
    needs_.outbox.give_up(streams.front().job_id, StreamEnd::refused);
  } else {
    // It says nothing about the others: each is asked for alone.
    alone_ = streams.size();
  }
  return 0;
}

std::int64_t FrameSender::failed(const base::Error& error) {
  const bool first = backoff_.failures() == 0;
  // Once: until it works again there is nothing more to say.
  if (first)
    base::log(base::LogLevel::warn, "managed.frames_not_taken",
              {{"code", base::error_info(error.code).wire_name}});
  advised_ = error.retry_after_ms > 0;
  const auto wait_ms = backoff_.next_ms(error.retry_after_ms);
  const bool all = refuses_all(error.code);
  // One failure may pass before any result has waited too long.
  if (all || !first || wait_ms > kStreamBroughtMs)
    needs_.outbox.pause(all ? StreamEnd::refused : StreamEnd::unreachable);
  return wait_ms;
}

}  // namespace b3iq::agent

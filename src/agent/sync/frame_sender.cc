#include "agent/sync/frame_sender.h"

#include <algorithm>

#include "base/log.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::agent {

using base::ErrorCode;
using base::Status;
using base::Task;

namespace {

// The same frames would be refused again; a control plane that knows no streams says not_found.
bool is_final(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::invalid_request ||
         code == ErrorCode::payload_too_large || code == ErrorCode::unimplemented;
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
  base::detach(run());
}

void FrameSender::close() {
  closing_.cancel();
  needs_.outbox.give_up();
  timer_->wake();
}

Task<void> FrameSender::run() {
  while (!closing_.cancelled()) {
    const auto due = needs_.outbox.take();
    if (due.streams.empty()) {
      co_await timer_->wait_until(due.next_ms);
      continue;
    }
    const auto began_ms = needs_.wake.now_ms();
    const auto sent = co_await send(due.streams);
    if (closing_.cancelled()) break;
    const auto until_ms = std::max(began_ms + kFramesPauseMs, needs_.wake.now_ms() + settle(sent));
    while (!closing_.cancelled() && needs_.wake.now_ms() < until_ms)
      co_await timer_->wait_until(until_ms);
  }
  running_ = false;
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

std::int64_t FrameSender::settle(const Status& sent) {
  if (sent.ok()) {
    backoff_.succeeded();
    return 0;
  }
  const auto code = sent.error().code;
  // Once: until it works again there is nothing more to say.
  if (backoff_.failures() == 0)
    base::log(base::LogLevel::warn, "managed.frames_not_taken",
              {{"code", base::error_info(code).wire_name}});
  // Twice in a row: the jobs do not wait for it any longer.
  if (is_final(code) || backoff_.failures() > 0) needs_.outbox.give_up();
  return backoff_.next_ms(sent.error().retry_after_ms);
}

}  // namespace b3iq::agent

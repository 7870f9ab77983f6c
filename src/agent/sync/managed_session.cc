#include "agent/sync/managed_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/unenroll.h"

namespace b3iq::agent {

using base::Status;
using base::Task;

namespace {

// A clock that drifts is not written down at every beat.
constexpr std::int64_t kOffsetWorthKeepingMs = 30'000;
constexpr std::int64_t kGoodbyeMs = 5'000;

}  // namespace

ManagedSession::ManagedSession(const Needs& needs, EnrollmentRecord record, ControlAddress address)
    : needs_(needs),
      record_(std::move(record)),
      client_({needs.loop, needs.wake, needs.ca_file, needs.own_port}, std::move(address)),
      numbers_(
          record_.sequences, needs.clock,
          [this](protocol::SignatureTag tag, std::int64_t mark) { return save_mark(tag, mark); }),
      link_({client_, needs_.identity, needs_.clock, needs_.random, numbers_},
            record_.control_plane_id, record_.clock_offset_ms) {}

Task<Status> ManagedSession::save() {
  ++saves_under_way_;
  auto saved = co_await needs_.store.save(record_);
  --saves_under_way_;
  co_return saved;
}

Task<Status> ManagedSession::save_mark(protocol::SignatureTag tag, std::int64_t mark) {
  auto& kept = record_.sequences.at(static_cast<std::size_t>(tag));
  kept = std::max(kept, mark);
  co_return co_await save();
}

Task<void> ManagedSession::save_behind() {
  const auto saved = co_await save();
  if (!saved.ok())
    base::log(base::LogLevel::warn, "managed.record_not_saved",
              {{"detail", std::string_view(saved.error().detail)}});
}

void ManagedSession::make_loops() {
  heartbeat_ = std::make_unique<HeartbeatLoop>(
      HeartbeatLoop::Needs{link_, needs_.view, needs_.wake, needs_.clock, needs_.random,
                           record_.boot_epoch},
      record_.heartbeat_interval_ms);
  heartbeat_->on_answer([this](const protocol::HeartbeatAnswer& answer) { heard(answer); });
  heartbeat_->on_change([this] { beaten(); });
  keys_ = std::make_unique<TransportKeyUpkeep>(TransportKeyUpkeep::Needs{
      needs_.store, client_, link_, needs_.wake, needs_.clock, needs_.random, needs_.identity,
      needs_.view, record_.boot_epoch, needs_.changed});
  CommandLoop::Needs commands{
      link_,           needs_.journal,     needs_.work,    needs_.wake, needs_.random,
      needs_.identity, record_.boot_epoch, needs_.allowed, {},          needs_.changed};
  commands.note = [this](std::string_view act, const CommandEntry& entry) {
    needs_.audit.note({record_.control_plane_id.text(), act,
                       fmt::format("{} {}", protocol::wire_name(entry.kind), entry.id.text())});
  };
  commands_ = std::make_unique<CommandLoop>(std::move(commands));
  frames_ = std::make_unique<FrameSender>(
      FrameSender::Needs{link_, needs_.frames, needs_.wake, needs_.random});
}

void ManagedSession::start() {
  beginning_ = true;
  base::detach(begin());
}

Task<void> ManagedSession::begin() {
  record_.boot_epoch = protocol::next_boot_epoch(record_.boot_epoch,
                                                 std::max(needs_.clock.wall_ms(), link_.now_ms()));
  // A disk that cannot be written does not keep the node from its work: the next epoch follows the
  // clock anyway.
  co_await save_behind();
  beginning_ = false;
  if (closed_) co_return;
  make_loops();
  if (!takes_) commands_->stop_taking();
  keys_->look(heartbeat_->report());
  heartbeat_->start();
  commands_->start();
  frames_->start();
}

void ManagedSession::heard(const protocol::HeartbeatAnswer& answer) {
  if (commands_) commands_->heartbeat_taken();
  if (frames_) frames_->heartbeat_taken();
  const auto offset = link_.clock_offset_ms();
  const bool moved = std::llabs(offset - record_.clock_offset_ms) >= kOffsetWorthKeepingMs;
  const bool paced = answer.next_heartbeat_ms != record_.heartbeat_interval_ms;
  if (!moved && !paced) return;
  record_.clock_offset_ms = offset;
  record_.heartbeat_interval_ms = answer.next_heartbeat_ms;
  base::detach(save_behind());
}

// After each heartbeat, taken or not.
void ManagedSession::beaten() {
  keys_->look(heartbeat_->report());
  if (needs_.changed) needs_.changed();
}

Task<base::Result<std::string>> ManagedSession::send(protocol::SignatureTag tag,
                                                     ControlRequest request) {
  ++sends_under_way_;
  auto sending = link_.send(tag, std::move(request), closing_.token());
  auto answer = co_await std::move(sending);
  --sends_under_way_;
  co_return answer;
}

void ManagedSession::stop_taking() {
  takes_ = false;
  if (commands_) commands_->stop_taking();
}

void ManagedSession::beat_now() {
  if (heartbeat_) heartbeat_->beat_now();
}

void ManagedSession::close() {
  closed_ = true;
  closing_.cancel();
  if (keys_) keys_->close();
  if (heartbeat_) heartbeat_->close();
  if (commands_) commands_->close();
  if (frames_) frames_->close();
}

bool ManagedSession::idle() const {
  return !beginning_ && saves_under_way_ == 0 && sends_under_way_ == 0 &&
         (!keys_ || keys_->idle()) && (!heartbeat_ || heartbeat_->idle()) &&
         (!commands_ || commands_->idle()) && (!frames_ || frames_->idle());
}

Task<Status> ManagedSession::say_goodbye(base::CancelToken cancel) {
  const protocol::UnenrollRequest goodbye{record_.boot_epoch};
  ControlRequest request{.path = protocol::unenroll_path(link_.node_id()),
                         .body = protocol::encode_unenroll(goodbye),
                         .max_answer_bytes = protocol::kMaxUnenrollAnswerBytes,
                         .deadline_ms = kGoodbyeMs};
  auto sending = link_.send(protocol::SignatureTag::unenroll, std::move(request), cancel);
  CO_TRY([[maybe_unused]] const auto body, co_await std::move(sending));
  co_return Status();
}

}  // namespace b3iq::agent

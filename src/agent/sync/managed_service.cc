#include "agent/sync/managed_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "crypto/secret_token.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/receipt_batch.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kIdlePollMs = 2;
constexpr std::size_t kMaxAllowedKinds = 16;

// One change at a time, from its checks to its end.
class Change {
 public:
  explicit Change(bool& flag) : flag_(flag) { flag_ = true; }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  ~Change() { flag_ = false; }

 private:
  bool& flag_;
};

Error busy() {
  return {ErrorCode::conflict,
          "The node is being enrolled, or leaves, right now. Try again when that is done."};
}

}  // namespace

void ManagedService::load() {
  auto record = needs_.store.load();
  if (record.ok() && *record && (*record)->node_id != needs_.identity.node_id()) {
    record = Error(ErrorCode::corrupt,
                   "The enrollment in this home is another node's. Run b3iq-host unenroll, and "
                   "enroll this node with a token of its own.");
  }
  const auto journal = journal_.load();
  if (!journal.ok()) fault_ = journal.error();
  if (!record.ok()) {
    fault_ = record.error();
  } else {
    record_ = *std::move(record);
  }
  if (fault_)
    base::log(base::LogLevel::error, "managed.not_usable",
              {{"detail", std::string_view(fault_->detail)}});
}

void ManagedService::start() {
  serves_ = true;
  if (record_ && !fault_) open_session();
}

void ManagedService::open_session() {
  auto address = parse_control_address(record_->control_plane_url);
  if (!address.ok()) {
    fault_ = std::move(address).error();
    return;
  }
  ManagedSession::Needs needs{needs_.loop,
                              needs_.wake,
                              needs_.clock,
                              needs_.random,
                              needs_.identity,
                              needs_.store,
                              journal_,
                              needs_.view,
                              needs_.work,
                              needs_.audit,
                              needs_.settings.ca_file,
                              needs_.own_port,
                              [this](protocol::CommandKind kind) { return allows(kind); },
                              [this] { ++revision_; },
                              needs_.frames};
  session_ = std::make_unique<ManagedSession>(needs, *record_, std::move(address).value());
  if (serves_) session_->start();
}

Task<void> ManagedService::end_session() {
  if (!session_) co_return;
  session_->close();
  while (!session_->idle()) co_await needs_.loop.sleep(kIdlePollMs);
}

void ManagedService::close() {
  closing_.cancel();
  if (session_) session_->close();
}

void ManagedService::stop_taking() {
  closing_.cancel();
  if (session_) session_->stop_taking();
}

void ManagedService::tell_now() {
  if (session_) session_->beat_now();
}

bool ManagedService::finishing() const {
  return session_ && session_->commands() != nullptr && session_->commands()->finishing();
}

bool ManagedService::idle() const {
  return !changing_ && needs_.store.idle() && (!session_ || session_->idle());
}

std::vector<std::string> ManagedService::allowed_kinds() const {
  auto kinds = needs_.settings.allowed_commands;
  if (record_)
    for (const auto& kind : record_->also_allowed)
      if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
  return kinds;
}

bool ManagedService::allows(protocol::CommandKind kind) const {
  const auto kinds = allowed_kinds();
  return std::ranges::find(kinds, protocol::wire_name(kind)) != kinds.end();
}

Status ManagedService::check_order(const EnrollOrder& order) const {
  if (record_ || fault_) {
    return Error(ErrorCode::conflict,
                 fmt::format("This node is enrolled{}. Leave first: b3iq-host unenroll",
                             record_ ? " at " + record_->control_plane_url : ""));
  }
  const auto text = order.token.reveal_text();
  if (!crypto::check_secret_token(crypto::kEnrollTokenPrefix, text)) {
    return Error(ErrorCode::enrollment_token_invalid,
                 "That is no enrollment token: one begins with b3iq_enroll_ and is 61 characters "
                 "long. Ask the control plane's operator for one, and copy all of it.",
                 "token");
  }
  if (order.allow.size() > kMaxAllowedKinds)
    return Error(ErrorCode::invalid_request, "Too many kinds of commands.", "allow");
  for (const auto& kind : order.allow) TRY_OK(check_allowable(kind));
  return {};
}

Task<Status> ManagedService::enroll(EnrollOrder order, std::string actor) {
  if (changing_) co_return busy();
  const Change change(changing_);
  CO_TRY_OK(check_order(order));
  CO_TRY(auto address, parse_control_address(order.control_plane_url));
  CO_TRY_OK(co_await enroll_at(std::move(order), std::move(address)));
  ++revision_;
  std::string allowed;
  for (const auto& kind : record_->also_allowed) allowed += " +" + kind;
  needs_.audit.note(
      {std::move(actor), "node.enrolled", record_->control_plane_id.text() + allowed});
  base::log(base::LogLevel::info, "managed.enrolled",
            {{"control_plane", record_->control_plane_id.text()}});
  // Before the audit log answers: the node is enrolled, whatever becomes of the entry.
  if (serves_ && !closing_.cancelled()) open_session();
  co_return co_await needs_.audit.noted();
}

Task<Status> ManagedService::enroll_at(EnrollOrder order, ControlAddress address) {
  ControlClient client({needs_.loop, needs_.wake, needs_.settings.ca_file, needs_.own_port},
                       std::move(address));
  const EnrollmentNeeds needs{client,        needs_.identity, needs_.clock,
                              needs_.random, needs_.version,  closing_.token()};
  auto asking = ask_challenge(needs, std::move(order.token));
  CO_TRY(const auto challenge, co_await std::move(asking));
  auto stating = statement(needs, challenge);
  auto enrolled = co_await std::move(stating);
  Status kept;
  if (enrolled.ok()) {
    enrolled->record.also_allowed = std::move(order.allow);
    // Commands of an earlier enrollment are nobody's any more.
    kept = co_await journal_.clear();
    if (kept.ok()) {
      kept = co_await needs_.store.finish(enrolled->record, std::move(enrolled->router_secret),
                                          enrolled->key_times);
    }
  } else {
    kept = enrolled.error();
  }
  if (kept.ok()) {
    record_ = std::move(enrolled->record);
    co_return kept;
  }
  const auto erased = co_await needs_.store.erase();
  if (!erased.ok())
    base::log(base::LogLevel::warn, "managed.not_erased",
              {{"detail", std::string_view(erased.error().detail)}});
  co_return kept;
}

Task<Result<Enrolled>> ManagedService::statement(const EnrollmentNeeds& needs,
                                                 const protocol::Challenge& challenge) {
  CO_TRY(const auto key, co_await needs_.store.begin());
  co_return co_await answer_challenge(needs, challenge, key);
}

Task<Result<Departure>> ManagedService::unenroll(std::string actor) {
  if (changing_) co_return busy();
  const Change change(changing_);
  if (!record_ && !fault_) {
    co_return Error(ErrorCode::conflict, "This node is not enrolled: there is nothing to leave.");
  }
  Departure departure;
  std::string subject;
  if (record_) {
    subject = record_->control_plane_id.text();
    if (!session_) open_session();
  }
  co_await end_session();
  if (session_) {
    auto leaving = session_->say_goodbye(closing_.token());
    auto told = co_await std::move(leaving);
    departure.told = told.ok();
    if (!told.ok()) departure.error = std::move(told).error();
    session_.reset();
  }
  CO_TRY_OK(co_await needs_.store.erase());
  record_.reset();
  fault_.reset();
  ++revision_;
  CO_TRY_OK(co_await journal_.clear());
  needs_.audit.note({std::move(actor), "node.unenrolled", std::move(subject)});
  CO_TRY_OK(co_await needs_.audit.noted());
  base::log(base::LogLevel::info, "managed.unenrolled", {{"told", departure.told}});
  co_return departure;
}

Task<Result<std::string>> ManagedService::send_receipts(std::string batch) {
  if (!session_ || !serves_) {
    co_return Error(ErrorCode::conflict,
                    "The node is enrolled at no control plane, or does not serve.");
  }
  ControlRequest request{.path = protocol::receipts_path(needs_.identity.node_id()),
                         .body = std::move(batch),
                         .max_answer_bytes = protocol::kMaxReceiptBatchAnswerBytes};
  auto sending = session_->send(protocol::SignatureTag::receipts, std::move(request));
  co_return co_await std::move(sending);
}

ManagedReport ManagedService::report() const {
  ManagedReport report;
  report.record = session_ ? session_->record() : record_;
  report.serves = serves_;
  report.allowed = allowed_kinds();
  report.pending = journal_.pending();
  if (report.record) report.key_bound_until_ms = needs_.store.key_times().bound_until_ms;
  if (session_) {
    if (session_->keys() != nullptr) report.key_binding_error = session_->keys()->error();
    report.clock_offset_ms = session_->clock_offset_ms();
    if (session_->heartbeat() != nullptr) report.link = session_->heartbeat()->report();
    if (session_->commands() != nullptr) report.running = session_->commands()->running();
  }
  judge_readiness(report, needs_.view.readiness());
  return report;
}

}  // namespace b3iq::agent

// Books: the commands behind private jobs, and how a job ends with its command. The rules of
// leases, stops and time (docs/adr/0031, 0033, docs/operating/private-jobs.md), written once more.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "books.h"
#include "crypto/sha256.h"

namespace b3iq::control::sim {
namespace {

constexpr std::int64_t kLeaseMs = 90'000;
constexpr std::int64_t kStopMs = 90'000;
constexpr std::int64_t kMostLeases = 3;

bool may_follow_command(std::string_view from, std::string_view to) {
  static const std::map<std::string_view, std::set<std::string_view>> kNext = {
      {"", {"queued"}},
      {"queued", {"leased", "cancelled", "expired"}},
      {"leased", {"queued", "succeeded", "failed", "cancelled", "expired"}}};
  const auto at = kNext.find(from);
  return at != kNext.end() && at->second.contains(to);
}

// Which states its command may have.
bool agrees(const JobRow& job, const CommandRow& command) {
  const std::string_view state = command.state;
  if (job.status == "queued") return state == "queued";
  if (job.status == "claimed" || job.status == "running") return state == "leased";
  if (job.status == "awaiting_receipt" || job.status == "completed") return state == "succeeded";
  if (job.status == "expired") return state == "expired";
  // By its node's own word, too.
  const bool says_cancelled = state == "failed" && command.failure == "cancelled";
  if (job.status == "cancelled")
    return state == "cancelled" || state == "succeeded" || says_cancelled;
  return (state == "failed" && !says_cancelled) || state == "succeeded";
}

// What a receipt that was accepted makes of its job.
std::string_view status_by(protocol::ReceiptFinish finish) {
  if (finish == protocol::ReceiptFinish::cancelled) return "cancelled";
  if (finish == protocol::ReceiptFinish::error) return "failed";
  return "completed";
}

std::string result_key(const std::string& command, const std::string& token,
                       const std::string& hash) {
  return command + " " + token + " " + hash;
}

}  // namespace

void Books::look_at_clocks() {
  for (const auto* const clock : clocks_)
    latest_clock_ms_ = std::max(latest_clock_ms_, clock->wall_ms());
}

void Books::customer_cancels(const std::string& customer, const std::string& name) {
  cancelled_by_customer_.emplace(customer, name);
}

void Books::operator_cancels(const std::string& command_id) {
  cancelled_by_operator_.insert(command_id);
}

void Books::node_sends(const std::string& command_id, const std::string& token,
                       const std::string& document) {
  const auto hash = "0x" + base::to_hex(crypto::sha256(document));
  sent_results_.insert(result_key(command_id, token, hash));
}

bool Books::customer_asked(const std::string& command_id) const {
  const auto of = job_of_command_.find(command_id);
  const auto* const row = of == job_of_command_.end() ? nullptr : job(of->second);
  return row != nullptr && (cancelled_by_customer_.contains({row->customer, row->client_name}) ||
                            cancelled_by_customer_.contains({row->customer, row->id}));
}

void Books::see_command(std::int64_t rowid) {
  CommandRow row;
  if (!reader_.read(rowid, row)) return fail("a command's row is gone");
  const auto at = commands_.find(rowid);
  const auto before = at == commands_.end() ? CommandRow() : at->second;
  if (row.state != before.state && !may_follow_command(before.state, row.state))
    fail(fmt::format("command {} went from '{}' to '{}'", row.id, before.state, row.state));
  if (row.kind == "private_inference") {
    see_lease(before, row);
    see_stop(before, row);
    if (row.state != before.state) see_command_end(before, row);
  }
  if (const auto job = job_of_command_.find(row.id); job != job_of_command_.end())
    touched_jobs_.insert(job->second);
  undo_.set(command_places_, row.id, rowid);
  undo_.set(commands_, rowid, std::move(row));
}

// A lease is 90 s from when it is given or renewed, and no lease begins when the job's hour is
// over. Each has a token of its own, which a command that waits again keeps where the lease lapsed;
// a stop gives that lease back, once.
void Books::see_lease(const CommandRow& before, const CommandRow& now) {
  const bool is_leased = now.state == "leased";
  const bool was_leased = before.state == "leased";
  const bool is_kept = now.state == "queued" && now.token == before.token;
  if (is_leased ? now.token.empty() : !now.token.empty() && !is_kept)
    return fail(fmt::format("command {} is '{}' and its lease is another's", now.id, now.state));
  if (is_leased == (now.lease_expires_at_ms == 0))
    return fail(fmt::format("command {} is '{}' and has a lease's end", now.id, now.state));
  if (!is_leased) return;
  const bool is_stop = now.stop_asked_at_ms != before.stop_asked_at_ms;
  const bool is_new = !was_leased && !is_stop;
  if (is_new != (now.token != before.token) || now.attempts != before.attempts + (is_new ? 1 : 0) ||
      now.attempts > kMostLeases)
    fail("command " + now.id + " has a lease that was not given");
  if (is_new && tokens_.contains(now.token)) fail("a lease's token was given twice");
  // Also of what is rolled back: the dice do not give it again.
  if (is_new) tokens_.insert(now.token);
  if (is_stop && !was_leased) ++moves_["lapsed > stopping"];
  if (is_stop || now.lease_expires_at_ms == before.lease_expires_at_ms) return;
  if (now.lease_expires_at_ms - kLeaseMs >= now.expires_at_ms)
    fail("command " + now.id + " was leased when its hour was over");
}

// What its node has, or had until its lease lapsed, is stopped once, by its customer, for 90 s: no
// word of the node makes them more, and nobody is given it again.
void Books::see_stop(const CommandRow& before, const CommandRow& now) {
  if (now.stop_asked_at_ms != before.stop_asked_at_ms) {
    const bool may_be_at_it =
        before.state == "leased" || (before.state == "queued" && !before.token.empty());
    if (before.stop_asked_at_ms != 0 || !may_be_at_it || now.state != "leased" ||
        now.token != before.token || !customer_asked(now.id) ||
        now.lease_expires_at_ms != now.stop_asked_at_ms + kStopMs)
      fail("command " + now.id + " was stopped as it may not be");
    return;
  }
  if (now.stop_asked_at_ms == 0) return;
  const bool goes_on = now.state == "leased";
  if (now.state == "queued" || (goes_on && now.lease_expires_at_ms != before.lease_expires_at_ms))
    fail("command " + now.id + " is to stop and was given more time");
}

void Books::see_command_end(const CommandRow& before, const CommandRow& now) {
  if (now.state == "queued" || now.state == "leased") return;
  const bool was_leased = before.state == "leased";
  const bool is_stopping = now.stop_asked_at_ms != 0;
  const bool lease_is_over = now.finished_at_ms >= before.lease_expires_at_ms;
  const std::string what = "command " + now.id + " is '" + now.state + "' ";
  if (is_stopping) ++moves_["stopping > " + now.state];
  if (now.has_result() && now.finished_at_ms > now.expires_at_ms)
    ++moves_["hour over > " + now.state];
  if (now.has_result()) {
    if (!sent_results_.contains(result_key(now.id, before.token, now.result_hash)))
      fail(what + "by a result that its lease's holder has not sent");
    return;
  }
  if (now.state == "succeeded") fail(what + "without a result");
  if (now.state == "failed" && (!lease_is_over || is_stopping || now.attempts != kMostLeases))
    fail(what + "while its node had time");
  if (now.state == "expired" &&
      (now.finished_at_ms < now.expires_at_ms || (was_leased && !lease_is_over)))
    fail(what + "before its time was over");
  if (now.state != "cancelled") return;
  // At once only where no node may be at it.
  const bool by_customer =
      was_leased ? is_stopping && lease_is_over : customer_asked(now.id) && before.token.empty();
  const bool in_order = by_customer || cancelled_by_operator_.contains(now.id);
  if (!in_order) cancelled_unasked_.push_back(now);
}

// Where nobody asked, the node has left, in the same transaction.
void Books::check_cancelled_commands() {
  for (const auto& command : cancelled_unasked_)
    if (reader_.standing_of(command.node) != "removed")
      fail("command " + command.id + " was cancelled, and nobody asked or its time is not over");
}

void Books::check_end(const JobRow& job, const CommandRow& command, bool paid) {
  if (!agrees(job, command))
    fail(fmt::format("job {} is '{}' and its command '{}'", job.id, job.status, command.state));
  const auto receipt = accepted_.find(job.receipt_hash);
  if (paid && receipt != accepted_.end() && status_by(receipt->second.finish) != job.status)
    fail(fmt::format("job {} is '{}', and its receipt says '{}'", job.id, job.status,
                     protocol::wire_name(receipt->second.finish)));
  if (paid && command.state != "succeeded") fail("job " + job.id + " is paid without an answer");
  // One that has the answer is given up when it has waited for its receipt.
  constexpr std::int64_t kReceiptMs = 600'000;
  const auto waited = waits_since_.find(job.id);
  if (waited == waits_since_.end() || job.completed_at_ms == 0 || paid) return;
  look_at_clocks();
  if (latest_clock_ms_ < waited->second + kReceiptMs)
    fail("job " + job.id + " was given up while its receipt could come");
}

void Books::promised_stop(const std::string& job_id) {
  const auto* const row = job(job_id);
  const auto* const sent = row == nullptr ? nullptr : command(row->command);
  if (sent == nullptr || sent->stop_asked_at_ms == 0)
    fail("job " + job_id + " was answered to stop and was not asked");
}

void Books::promised_stopping(const std::string& job_id, std::string_view status, bool is_stopping,
                              bool told_before) {
  if (is_stopping) promised_stop(job_id);
  const bool is_held = status == "claimed" || status == "running";
  if ((is_stopping && !is_held) || (told_before && is_held && !is_stopping) ||
      (told_before && status == "queued"))
    fail(fmt::format("job {} is '{}' and was shown {}", job_id, status,
                     is_stopping ? "as stopping" : "as going on"));
}

}  // namespace b3iq::control::sim

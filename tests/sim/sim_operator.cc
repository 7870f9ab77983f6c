#include "sim_operator.h"

#include <fmt/format.h>

#include "control/customers/customer_store.h"
#include "control/ledger/ledger_store.h"
#include "sim_customer.h"
#include "sim_node.h"

namespace b3iq::control::sim {

using base::Result;
using base::Status;
using base::Task;
using protocol::NodeId;

namespace {

constexpr std::int64_t kActEveryMs = 2'500;
constexpr std::int64_t kPolicyEachPercent = 6;

template <class T>
SimWorld::Taker<Result<T>> whatever() {
  return [](const Result<T>&) {};
}

}  // namespace

// As whoever sits before it does: until it was answered.
template <class T>
void SimOperator::again_until_ok(SimWorld::Handler<Result<T>> handle) {
  auto heard = std::make_shared<bool>(false);
  auto taken = [heard](const Result<T>& done) {
    *heard = *heard || done.ok() || done.error().code != base::ErrorCode::storage_failed;
  };
  world_.call<Result<T>>(handle, nullptr, taken);
  world_.timer(world_.dice().between(2'000, 6'000), [this, heard, handle] {
    if (!*heard) again_until_ok<T>(handle);
  });
}

std::string SimOperator::make_customer() {
  Customer customer;
  customer.id = "cus_" + base::make_ulid(world_.control_clock().wall_ms(), world_.dice());
  customer.name = "Ada";
  customer.created_by = "operator";
  customer.created_at_ms = world_.control_clock().wall_ms();
  // Made in the file itself, as everything before the first step.
  world_.calm_write([&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await insert_customer(tx, customer));
    co_return co_await insert_account(tx, customer.id, customer.created_at_ms);
  });
  for (int i = 0; i < 3; ++i) credit(customer.id);
  return customer.id;
}

void SimOperator::start() {
  world_.timer(world_.about(kActEveryMs), [this] {
    if (world_.is_quiet()) return;
    act();
    start();
  });
}

void SimOperator::act() {
  auto& dice = world_.dice();
  const auto what = dice.between(1, 100);
  if (what <= 30) return credit(dice.one_of(world_.customers())->id());
  if (what <= 45) return refund();
  if (what <= 45 + kPolicyEachPercent) return set_policy();
  if (what <= 53) return set_prices();
  if (what <= 58) return suspend_node();
  if (what <= 61) return remove_node();
  if (what <= 66) return suspend_customer();
  if (what <= 76) return cancel_command();
  if (what <= 82) return recover();
  if (what <= 88) return purge();
  if (what <= 93) return rotate_key();
  look_at_log();
}

// A reference that was not acknowledged is tried again, as its maker would.
void SimOperator::credit(const std::string& account) {
  auto& dice = world_.dice();
  const bool again = !open_references_.empty() && dice.percent(60);
  std::string key = fmt::format("{} ref-{}", account, ++references_);
  if (again) key = open_references_.begin()->first;
  auto& funds = funds_[key.substr(0, key.find(' '))];
  if (!again) {
    ++funds.asked;
    open_references_[key] = dice.between(1, 4'000);
  }
  const auto amount = static_cast<std::uint64_t>(open_references_.at(key));
  FundsOrder order{key.substr(0, key.find(' ')),
                   EntryKind::credit,
                   Amount(amount),
                   key.substr(key.find(' ') + 1),
                   "test",
                   ""};
  const auto of = order.account_id;
  auto handle = [order](SimReplica& r) { return r.customers.fund(order, "operator"); };
  auto heard = [this, key, of](const Result<LedgerOutcome>& done) {
    if (done.ok() && open_references_.erase(key) == 1) ++funds_[of].answered;
    world_.books().promised_credits(of, funds_[of].answered, funds_[of].asked);
  };
  world_.call<Result<LedgerOutcome>>(handle, heard, whatever<LedgerOutcome>());
}

// Some twice: by another operator, long after or at the same moment.
void SimOperator::refund() {
  const bool again = world_.dice().percent(25);
  auto jobs = world_.books().jobs_with(again ? "refunded" : "settled");
  if (jobs.empty()) return;
  const auto id = world_.dice().one_of(jobs);
  if (world_.dice().percent(20)) refund(id, again);
  refund(id, again);
}

void SimOperator::refund(const std::string& id, bool again) {
  const RefundOrder order{world_.books().job(id)->customer, id};
  auto handle = [order](SimReplica& r) { return r.customers.refund(order, "test", "operator"); };
  auto heard = [this, id, again](const Result<LedgerOutcome>& done) {
    world_.meet(again ? "refund again" : "refund", done);
    if (again && done.ok() && done->changed)
      world_.books().fail("job " + id + " was refunded twice");
    if (done.ok()) world_.books().promised_refund(id);
  };
  world_.call<Result<LedgerOutcome>>(handle, heard, whatever<LedgerOutcome>());
}

void SimOperator::set_policy() {
  auto& dice = world_.dice();
  GatewayPolicy policy;
  if (dice.percent(30))
    policy.max_price = Amount(static_cast<std::uint64_t>(dice.between(50, 300)));
  if (dice.percent(30)) {
    policy.spend_cap = Amount(static_cast<std::uint64_t>(dice.between(100, 5'000)));
    policy.spend_window_hours = dice.between(1, 24);
  }
  const auto id = dice.one_of(world_.customers())->id();
  auto handle = [id, policy](SimReplica& r) {
    return r.customers.set_policy(id, policy, "operator");
  };
  world_.call<Result<CustomerAccount>>(handle, nullptr, whatever<CustomerAccount>());
}

void SimOperator::set_prices() {
  auto& dice = world_.dice();
  const auto wei = [&dice](std::int64_t most) {
    return Amount(static_cast<std::uint64_t>(dice.between(0, most)));
  };
  PricePolicy policy;
  policy.classes.push_back({"all", {"*"}, wei(100), wei(200), wei(10), wei(250)});
  policy.fee_basis_points = dice.between(0, 3'000);
  auto handle = [policy](SimReplica& r) { return r.prices.set(policy, "operator"); };
  world_.call<Result<PricePolicy>>(handle, nullptr, whatever<PricePolicy>());
}

void SimOperator::resume_node(const NodeId& id) {
  auto handle = [id](SimReplica& r) { return r.nodes.resume(id, "operator"); };
  again_until_ok<NodeSummary>(handle);
}

void SimOperator::suspend_node() {
  const auto id = world_.dice().one_of(world_.nodes())->id();
  auto handle = [id](SimReplica& r) { return r.nodes.suspend(id, "test", "operator"); };
  world_.call<Result<NodeSummary>>(handle, nullptr, whatever<NodeSummary>());
  world_.timer(world_.dice().between(1'000, 120'000), [this, id] { resume_node(id); });
}

void SimOperator::remove_node() {
  auto& node = *world_.dice().one_of(world_.nodes());
  const auto id = node.id();
  auto handle = [id](SimReplica& r) { return r.nodes.remove(id, "test", "operator"); };
  auto removed = [&node](const Result<NodeSummary>& done) {
    if (done.ok()) node.was_removed();
  };
  world_.call<Result<NodeSummary>>(handle, removed, whatever<NodeSummary>());
  world_.timer(world_.dice().between(1'000, 40'000), [this, &node] { take_back(node); });
}

// With new tokens until it is enrolled.
void SimOperator::take_back(SimNode& node) {
  if (node.is_enrolled()) return;
  auto make = [](SimReplica& r) { return r.tokens.create(TokenSpec(), "operator"); };
  auto made = [&node](const Result<CreatedToken>& token) {
    if (token.ok()) node.enroll_again(std::string(token->secret.reveal_text()));
  };
  world_.local<Result<CreatedToken>>(make, made);
  world_.timer(world_.dice().between(5'000, 20'000), [this, &node] { take_back(node); });
}

void SimOperator::resume_customer(const std::string& id) {
  auto handle = [id](SimReplica& r) { return r.customers.resume(id, "operator"); };
  again_until_ok<CustomerAccount>(handle);
}

void SimOperator::suspend_customer() {
  const auto id = world_.dice().one_of(world_.customers())->id();
  auto handle = [id](SimReplica& r) { return r.customers.suspend(id, "test", "operator"); };
  world_.call<Result<CustomerAccount>>(handle, nullptr, whatever<CustomerAccount>());
  world_.timer(world_.dice().between(1'000, 20'000), [this, id] { resume_customer(id); });
}

void SimOperator::cancel_command() {
  auto open = world_.books().open_job_ids();
  if (open.empty()) return;
  const auto job = world_.dice().one_of(open);
  const auto id = protocol::CommandId::trusted(world_.books().job(job)->command);
  const bool again = world_.dice().percent(20);
  if (!again) world_.books().operator_cancels(id.text());
  auto handle = [id, again](SimReplica& r) {
    return again ? r.commands.retry(id, "operator") : r.commands.cancel(id, "test", "operator");
  };
  auto heard = [this, job, again](const Result<Command>& done) {
    if (again && done.ok()) world_.books().fail("a private job was queued again: " + job);
    if (!again && done.ok()) world_.books().promised_status(job, "cancelled");
  };
  world_.call<Result<Command>>(handle, heard, whatever<Command>());
}

void SimOperator::recover() {
  const auto doing = world_.dice().percent(30) ? Doing::dry_run : Doing::really;
  auto handle = [doing](SimReplica& r) { return r.upkeep.recover(doing, "operator"); };
  auto heard = [this](const Result<std::vector<RecoveredJob>>& done) {
    if (!done.ok()) return;
    for (const auto& one : *done) world_.meet(one.done ? "recovery: done" : "recovery: not done");
    for (const auto& one : *done)
      if (one.done) world_.books().promised_status(one.job.id.text(), wire_name(one.ends_as));
  };
  world_.call<Result<std::vector<RecoveredJob>>>(handle, heard,
                                                 whatever<std::vector<RecoveredJob>>());
}

void SimOperator::purge() {
  const auto doing = world_.dice().percent(20) ? Doing::dry_run : Doing::really;
  const auto kept = world_.dice().percent(10) ? 1 : kMinEnvelopesKeptMs;
  auto handle = [doing, kept](SimReplica& r) { return r.upkeep.purge(doing, kept, "operator"); };
  auto heard = [this, doing](const Result<PurgeReport>& done) {
    if (done.ok() && doing == Doing::really && done->jobs > 0) world_.meet("purge: some");
  };
  world_.call<Result<PurgeReport>>(handle, heard, whatever<PurgeReport>());
}

void SimOperator::rotate_key() {
  CommandSpec spec;
  spec.node_id = world_.dice().one_of(world_.nodes())->id();
  spec.arguments = protocol::RotateTransportKeyArguments{world_.dice().between(0, 600)};
  spec.life_ms = 600'000;
  auto handle = [spec](SimReplica& r) { return r.commands.queue(spec, "operator"); };
  world_.call<Result<Command>>(handle, nullptr, whatever<Command>());
}

void SimOperator::look_at_log() {
  using Published = ReceiptLogPublisher::Published;
  auto handle = [](SimReplica& r) { return r.receipt_log.checkpoint(); };
  auto heard = [this](const Result<Published>& seen) {
    world_.meet("checkpoint", seen);
    if (seen.ok()) return world_.audit_checkpoint(**seen);
    if (seen.error().code == base::ErrorCode::corrupt)
      world_.books().fail("checkpoint: " + seen.error().detail);
  };
  world_.call<Result<Published>>(handle, heard, whatever<Published>());
}

void SimOperator::make_peace() {
  for (auto& node : world_.nodes())
    if (world_.dice().percent(80)) resume_node(node->id());
  for (auto& customer : world_.customers()) resume_customer(customer->id());
}

}  // namespace b3iq::control::sim

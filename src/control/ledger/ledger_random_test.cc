// Random orders, many in a batch, against a model that is as simple as can be: after each batch
// every outcome, every account and the sum of all is what the model says. The seed is printed;
// B3IQ_LEDGER_SEED=… repeats a run, B3IQ_LEDGER_STEPS=… makes it longer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "control/testing/ledger_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;

#ifdef NDEBUG
constexpr std::uint64_t kSteps = 100'000;
#else
constexpr std::uint64_t kSteps = 20'000;  // with sanitizers each takes ten times as long
#endif
constexpr std::size_t kAccounts = 5;
constexpr std::size_t kMostTogether = 300;

std::uint64_t number_of(const char* variable, std::uint64_t fallback) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

// What an order should come to.
struct Expected {
  ErrorCode refused = ErrorCode::internal;  // internal: it is not
  bool changed = false;
  BillingStatus status = BillingStatus::unbilled;
};

class Model {
 public:
  struct Account {
    std::uint64_t balance = 0;
    std::uint64_t reserved = 0;
  };
  struct Job {
    std::size_t account = 0;
    BillingStatus status = BillingStatus::unbilled;
    std::uint64_t reserved = 0;
    std::uint64_t charged = 0;
    std::uint64_t payout = 0, fee = 0;
  };
  std::array<Account, kAccounts> accounts;
  std::map<std::string, Job> jobs;
  std::uint64_t outside = 0, nodes = 0, fees = 0, rounding = 0;

  Expected reserve(std::size_t account, const std::string& id, std::uint64_t wei) {
    if (const auto known = jobs.find(id); known != jobs.end()) {
      if (known->second.account != account || known->second.reserved != wei)
        return {ErrorCode::conflict};
      return unchanged(known->second.status);
    }
    auto& of = accounts[account];
    if (of.balance - of.reserved < wei) return {ErrorCode::insufficient_balance};
    of.reserved += wei;
    jobs[id] = {account, BillingStatus::reserved, wei};
    return changed(BillingStatus::reserved);
  }
  Expected settle(std::size_t account, const std::string& id, std::uint64_t charged_wei,
                  std::uint64_t payout, std::uint64_t fee) {
    auto* const job = find(account, id);
    if (job == nullptr) return unchanged(BillingStatus::unbilled);
    if (job->status != BillingStatus::reserved) return unchanged(job->status);
    if (charged_wei > job->reserved || payout + fee > charged_wei)
      return {ErrorCode::receipt_rejected};
    auto& of = accounts[account];
    of.reserved -= job->reserved;
    of.balance -= charged_wei;
    job->charged = charged_wei;
    job->payout = payout;
    job->fee = fee;
    nodes += payout;
    fees += fee;
    rounding += charged_wei - payout - fee;
    return changed(job->status = BillingStatus::settled);
  }
  Expected release(std::size_t account, const std::string& id) {
    auto* const job = find(account, id);
    if (job == nullptr) return unchanged(BillingStatus::unbilled);
    if (job->status != BillingStatus::reserved) return unchanged(job->status);
    accounts[account].reserved -= job->reserved;
    return changed(job->status = BillingStatus::released);
  }
  Expected refund(std::size_t account, const std::string& id) {
    auto* const job = find(account, id);
    if (job == nullptr) return unchanged(BillingStatus::unbilled);
    if (job->status != BillingStatus::settled) return unchanged(job->status);
    accounts[account].balance += job->charged;
    nodes -= job->payout;
    fees -= job->fee;
    rounding -= job->charged - job->payout - job->fee;
    return changed(job->status = BillingStatus::refunded);
  }
  Expected funds(std::size_t account, EntryKind kind, std::uint64_t wei) {
    auto& of = accounts[account];
    if (wei == 0) return {ErrorCode::invalid_request};
    if (kind == EntryKind::adjustment_down) {
      if (of.balance - of.reserved < wei) return {ErrorCode::insufficient_balance};
      of.balance -= wei;
      outside -= wei;
    } else {
      of.balance += wei;
      outside += wei;
    }
    return changed(BillingStatus::unbilled);
  }

 private:
  static Expected unchanged(BillingStatus status) { return {ErrorCode::internal, false, status}; }
  static Expected changed(BillingStatus status) { return {ErrorCode::internal, true, status}; }
  Job* find(std::size_t account, const std::string& id) {
    const auto at = jobs.find(id);
    return at == jobs.end() || at->second.account != account ? nullptr : &at->second;
  }
};

class LedgerRandomTest : public LedgerFixture {
 protected:
  std::uint64_t below(std::uint64_t bound) { return chance_() % bound; }
  static std::string account_id(std::size_t number) { return fmt::format("cus_{}", number); }
  // One of those that came last, so that jobs end, end again, and meet unknown ones.
  std::string some_job() {
    const auto back = below(60);
    return fmt::format("job_{}", next_job_ > back ? next_job_ - back : next_job_);
  }

  // An order, and what the model says of it.
  std::pair<LedgerOrder, Expected> next() {
    const auto account = below(kAccounts);
    const auto id = account_id(account);
    switch (below(12)) {
      case 0: {
        const auto kind = below(3) == 0   ? EntryKind::adjustment_down
                          : below(2) == 0 ? EntryKind::adjustment_up
                                          : EntryKind::credit;
        const auto wei = below(3'000);
        FundsOrder order{id, kind, Amount(wei), fmt::format("ref_{}", next_reference_++), "", "t"};
        return {order, model_.funds(account, kind, wei)};
      }
      case 1: {  // an id that may be in use
        const auto job = some_job();
        const auto wei = below(400);
        return {ReserveOrder{id, job, Amount(wei), std::nullopt},
                model_.reserve(account, job, wei)};
      }
      case 2:
      case 3:
      case 4:
      case 5: {
        const auto job = fmt::format("job_{}", ++next_job_);
        const auto wei = below(400);
        return {ReserveOrder{id, job, Amount(wei), std::nullopt},
                model_.reserve(account, job, wei)};
      }
      case 6:
      case 7:
      case 8:
        return settle();
      case 9:
      case 10: {
        const auto [of, job] = job_and_account();
        return {ReleaseOrder{account_id(of), job}, model_.release(of, job)};
      }
      default: {
        const auto [of, job] = job_and_account();
        return {RefundOrder{account_id(of), job}, model_.refund(of, job)};
      }
    }
  }
  std::pair<LedgerOrder, Expected> settle() {
    const auto [of, job] = job_and_account();
    const auto charged = below(410);
    const auto payout = below(charged + 2);
    const auto fee = below(charged - std::min(charged, payout) + 2);
    SettleOrder order{
        account_id(of), job, {Amount(charged), Amount(payout), Amount(fee)}, kTestNode, "0x1"};
    return {order, model_.settle(of, job, charged, payout, fee)};
  }
  // Mostly the account whose job it is.
  std::pair<std::size_t, std::string> job_and_account() {
    auto job = some_job();
    const auto known = model_.jobs.find(job);
    const bool theirs = known != model_.jobs.end() && below(20) != 0;
    return {theirs ? known->second.account : below(kAccounts), std::move(job)};
  }

  void check(const LedgerResult& outcome, const Expected& expected) {
    if (expected.refused != ErrorCode::internal) {
      ASSERT_FALSE(outcome.ok());
      ASSERT_EQ(outcome.error().code, expected.refused) << outcome.error().detail;
      return;
    }
    ASSERT_TRUE(outcome.ok()) << outcome.error().detail;
    ASSERT_EQ(outcome->changed, expected.changed) << outcome->said;
    ASSERT_EQ(outcome->status, expected.status);
    ASSERT_LE(outcome->reserved, outcome->balance);
  }
  // Conserved to the wei.
  void check_whole() {
    LedgerSums sums;
    ASSERT_EQ(verify(&sums), "");
    std::uint64_t customers = 0, reserved = 0;
    for (const auto& account : model_.accounts) {
      customers += account.balance;
      reserved += account.reserved;
    }
    ASSERT_EQ(sums.customers, Amount(customers));
    ASSERT_EQ(sums.reserved, Amount(reserved));
    ASSERT_EQ(sums.nodes, Amount(model_.nodes));
    ASSERT_EQ(sums.fees, Amount(model_.fees));
    ASSERT_EQ(sums.rounding, Amount(model_.rounding));
    ASSERT_EQ(model_.outside, customers + model_.nodes + model_.fees + model_.rounding);
  }

  std::mt19937_64 chance_;
  Model model_;
  std::uint64_t next_job_ = 0;
  std::uint64_t next_reference_ = 0;
};

TEST_P(LedgerRandomTest, G7_94_EntriesAndBalancesAgreeAfterRandomOrders) {
  const auto seed = number_of("B3IQ_LEDGER_SEED", std::random_device()());
  const auto steps = number_of("B3IQ_LEDGER_STEPS", kSteps);
  fmt::print("seed {} ({} steps): B3IQ_LEDGER_SEED={}\n", seed, steps, seed);
  SCOPED_TRACE(fmt::format("B3IQ_LEDGER_SEED={}", seed));
  chance_.seed(seed);
  for (std::size_t i = 0; i < kAccounts; ++i) make_account(account_id(i));
  std::uint64_t done = 0;
  std::uint64_t next_whole = steps / 10;
  std::uint64_t refused = 0;
  while (done < steps) {
    std::vector<LedgerOrder> orders;
    std::vector<Expected> expected;
    const auto together = std::min<std::uint64_t>(1 + below(kMostTogether), steps - done);
    for (std::uint64_t i = 0; i < together; ++i) {
      auto [order, expects] = next();
      orders.push_back(std::move(order));
      expected.push_back(expects);
      refused += expects.refused != ErrorCode::internal ? 1 : 0;
    }
    const auto outcomes = post_all(orders);
    std::array<std::optional<std::pair<Amount, Amount>>, kAccounts> last;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      SCOPED_TRACE(fmt::format("step {}", done + i));
      ASSERT_NO_FATAL_FAILURE(check(outcomes[i], expected[i]));
      const auto number = static_cast<std::size_t>(account_of(orders[i]).back() - '0');
      if (outcomes[i].ok()) last[number] = {outcomes[i]->balance, outcomes[i]->reserved};
    }
    for (std::size_t i = 0; i < kAccounts; ++i) {
      if (!last[i]) continue;
      ASSERT_EQ(last[i]->first, Amount(model_.accounts[i].balance)) << done;
      ASSERT_EQ(last[i]->second, Amount(model_.accounts[i].reserved)) << done;
    }
    done += together;
    clock_.advance_ms(static_cast<std::int64_t>(below(2'000)) - 500);
    if (done < next_whole) continue;
    next_whole += steps / 10;
    ASSERT_NO_FATAL_FAILURE(check_whole());
  }
  ASSERT_NO_FATAL_FAILURE(check_whole());
  EXPECT_GT(refused, steps / 100);  // the model refuses some, too
}

// Replicas meet on few accounts: in which order is theirs, what stands at the end is conserved.
TEST_P(LedgerRandomTest, G7_94_ReplicasThatMeetOnAnAccountConserveIt) {
  if (GetParam() == TestDatabase::postgres) {
    add_replica();
    add_replica();
  }
  const auto seed = number_of("B3IQ_LEDGER_SEED", std::random_device()());
  SCOPED_TRACE(fmt::format("B3IQ_LEDGER_SEED={}", seed));
  chance_.seed(seed);
  for (std::size_t i = 0; i < kAccounts; ++i) make_account(account_id(i));
  for (int round = 0; round < 12; ++round) {
    std::vector<LedgerOrder> orders;
    for (int i = 0; i < 400; ++i) orders.push_back(next().first);
    for (const auto& outcome : post_all(std::move(orders))) {
      if (outcome.ok()) continue;
      const auto code = outcome.error().code;
      ASSERT_TRUE(code == ErrorCode::insufficient_balance || code == ErrorCode::conflict ||
                  code == ErrorCode::receipt_rejected || code == ErrorCode::invalid_request)
          << outcome.error().detail;
    }
    ASSERT_EQ(verify(), "");
  }
}

B3_ON_EVERY_DATABASE(LedgerRandomTest);

}  // namespace
}  // namespace b3iq::control

// The ledger in transactions, on every database.
#include <gtest/gtest.h>

#include <algorithm>

#include "control/ledger/ledger_reading_store.h"
#include "control/testing/ledger_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;

const std::string kJob = "job_01ARZ3NDEKTSV4RRFFQ69G5FB0";

ReserveOrder reserve_of(std::uint64_t wei, const std::string& job = kJob) {
  return {kTestAccount, job, Amount(wei), std::nullopt};
}
SettleOrder settle_of(std::uint64_t charged, std::uint64_t payout, std::uint64_t fee,
                      const std::string& job = kJob) {
  return {kTestAccount, job, {Amount(charged), Amount(payout), Amount(fee)}, kTestNode, "0xabc"};
}

class LedgerTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    make_account(kTestAccount);
  }
  std::optional<LedgerHold> hold(const std::string& job = kJob) {
    std::optional<LedgerHold> out;
    const auto read = database().read_blocking(
        [&](storage::Transaction& tx) { return select_hold(tx, job, out); });
    EXPECT_TRUE(read.ok());
    return out;
  }
  LedgerAccount account(const std::string& id = kTestAccount) {
    std::optional<LedgerAccount> out;
    const auto read = database().read_blocking(
        [&](storage::Transaction& tx) { return select_account(tx, id, out); });
    EXPECT_TRUE(read.ok() && out);
    return out.value_or(LedgerAccount());
  }
  std::vector<LedgerPayout> payouts() {
    std::vector<LedgerPayout> out;
    const auto read = database().read_blocking(
        [&](storage::Transaction& tx) { return select_payouts_after(tx, "", 100, out); });
    EXPECT_TRUE(read.ok());
    return out;
  }
};

TEST_P(LedgerTest, AJobIsReservedSettledAndItsRestReleased) {
  credit(100);
  const auto reserved = post(reserve_of(60));
  ASSERT_TRUE(reserved.ok());
  EXPECT_TRUE(reserved->changed);
  EXPECT_EQ(reserved->status, BillingStatus::reserved);
  EXPECT_EQ(reserved->available(), Amount(40));
  const auto settled = post(settle_of(50, 44, 5));
  ASSERT_TRUE(settled.ok());
  EXPECT_EQ(settled->status, BillingStatus::settled);
  EXPECT_EQ(account().balance, Amount(50));
  EXPECT_EQ(account().reserved, Amount());
  ASSERT_EQ(payouts().size(), 1U);
  EXPECT_EQ(payouts()[0].rounding, Amount(1));
  EXPECT_EQ(payouts()[0].id, settled->payout_id);
  LedgerSums sums;
  EXPECT_EQ(verify(&sums), "");
  EXPECT_EQ(sums.outside_in, Amount(100));
  EXPECT_EQ(sums.customers, Amount(50));
  EXPECT_EQ(sums.nodes, Amount(44));
  EXPECT_EQ(sums.fees, Amount(5));
  EXPECT_EQ(sums.rounding, Amount(1));
  EXPECT_EQ(sums.entries, 4);
}

TEST_P(LedgerTest, G7_82_OfManyReservationsOnABalanceForOneExactlyOneStands) {
  if (GetParam() == TestDatabase::postgres) {
    add_replica();
    add_replica();
  }
  credit(100);
  std::vector<LedgerOrder> orders;
  for (int i = 0; i < 64; ++i)
    orders.emplace_back(reserve_of(100, "job_parallel_" + std::to_string(i)));
  const auto outcomes = post_all(std::move(orders));
  int stood = 0;
  for (const auto& outcome : outcomes) {
    if (outcome.ok()) {
      ++stood;
      continue;
    }
    EXPECT_EQ(outcome.error().code, ErrorCode::insufficient_balance) << outcome.error().detail;
  }
  EXPECT_EQ(stood, 1);
  EXPECT_EQ(account().reserved, Amount(100));
  EXPECT_EQ(verify(), "");
}

// The same inside transactions of their own, as slices use it: SERIALIZABLE, several replicas.
TEST_P(LedgerTest, G7_82_AlsoInsideTheTransactionsOfOthers) {
  if (GetParam() == TestDatabase::postgres) add_replica();
  credit(30);
  std::vector<Status> ends(12, Status());
  auto one = [&](std::size_t i) -> Task<void> {
    auto& from = replica(GetParam() == TestDatabase::postgres ? i % 2 : 0);
    const LedgerOrder order = reserve_of(10, "job_own_" + std::to_string(i));
    auto body = [&](storage::Transaction& tx) -> Task<Status> {
      CO_TRY([[maybe_unused]] const auto outcome, co_await from.writer.apply(tx, order));
      co_return Status();
    };
    ends[i] = co_await from.database->write(std::move(body));
  };
  auto run = [&]() -> Task<bool> {
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < ends.size(); ++i) tasks.push_back(one(i));
    co_await base::join_all(std::move(tasks));
    co_return true;
  };
  http::run_task(loop_, run());
  EXPECT_EQ(std::ranges::count_if(ends, [](const Status& end) { return end.ok(); }), 3);
  EXPECT_EQ(account().available(), Amount());
  EXPECT_EQ(account().entries, 4);
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_84_InEveryOrderTheFirstEndWinsAndTheOthersSaySo) {
  enum Act : std::uint8_t { settle, release, refund };
  std::vector<Act> acts = {settle, settle, release, release, refund, refund};
  std::ranges::sort(acts);
  credit(1'000'000);
  int number = 0;
  do {
    const std::string job = "job_order_" + std::to_string(number++);
    std::vector<LedgerOrder> orders = {reserve_of(10, job)};
    BillingStatus expected = BillingStatus::reserved;
    std::vector<std::pair<bool, BillingStatus>> outcomes = {{true, expected}};
    for (const auto act : acts) {
      if (act == settle) orders.emplace_back(settle_of(8, 6, 1, job));
      if (act == release) orders.emplace_back(ReleaseOrder{kTestAccount, job});
      if (act == refund) orders.emplace_back(RefundOrder{kTestAccount, job});
      bool changes = false;
      if (expected == BillingStatus::reserved && act != refund) {
        changes = true;
        expected = act == settle ? BillingStatus::settled : BillingStatus::released;
      } else if (expected == BillingStatus::settled && act == refund) {
        changes = true;
        expected = BillingStatus::refunded;
      }
      outcomes.emplace_back(changes, expected);
    }
    const auto answers = post_all(std::move(orders));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      ASSERT_TRUE(answers[i].ok()) << job << " " << i << " " << answers[i].error().detail;
      EXPECT_EQ(answers[i]->changed, outcomes[i].first) << job << " " << i;
      EXPECT_EQ(answers[i]->status, outcomes[i].second) << job << " " << i;
      EXPECT_EQ(answers[i]->said.empty(), answers[i]->changed);
    }
    const auto ended = hold(job);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->status, expected);
  } while (std::ranges::next_permutation(acts).found);
  EXPECT_EQ(number, 90);
  EXPECT_EQ(account().reserved, Amount());
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_85_APriceAboveWhatIsReservedIsRefused) {
  credit(100);
  ASSERT_TRUE(post(reserve_of(20)).ok());
  for (const auto& split : {PriceSplit{Amount(21), Amount(20), Amount(1)},
                            PriceSplit{Amount::max(), Amount(), Amount()},
                            PriceSplit{Amount(20), Amount(20), Amount(1)},
                            PriceSplit{Amount(20), Amount::max(), Amount::max()}}) {
    const auto refused = post(SettleOrder{kTestAccount, kJob, split, kTestNode, "0x"});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::receipt_rejected);
  }
  EXPECT_EQ(hold()->status, BillingStatus::reserved);
  EXPECT_EQ(account().reserved, Amount(20));
  EXPECT_TRUE(payouts().empty());
  ASSERT_TRUE(post(settle_of(20, 20, 0)).ok());
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_85_TheLargestAmountsNeverWrap) {
  const auto most = Amount::max();
  const FundsOrder all{kTestAccount, EntryKind::credit, most, "all", "", "operator"};
  ASSERT_TRUE(post(all).ok());
  const auto more =
      post(FundsOrder{kTestAccount, EntryKind::credit, Amount(1), "more", "", "operator"});
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code, ErrorCode::invalid_request);
  const auto nothing =
      post(FundsOrder{kTestAccount, EntryKind::credit, Amount(), "none", "", "operator"});
  EXPECT_FALSE(nothing.ok());
  ASSERT_TRUE(post(ReserveOrder{kTestAccount, kJob, most, std::nullopt}).ok());
  EXPECT_EQ(post(reserve_of(1, "job_b")).error().code, ErrorCode::insufficient_balance);
  ASSERT_TRUE(post(SettleOrder{kTestAccount, kJob, {most, most, {}}, kTestNode, "0x"}).ok());
  ASSERT_TRUE(post(RefundOrder{kTestAccount, kJob}).ok());
  EXPECT_EQ(account().balance, most);
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_89_WhatIsReportedAfterAReleaseOrForAnothersJobPaysNobody) {
  const std::string other = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAW";
  make_account(other);
  credit(100);
  credit(100, "first", other);
  ASSERT_TRUE(post(reserve_of(20)).ok());
  auto foreign = settle_of(10, 5, 1);
  foreign.account_id = other;
  const auto not_theirs = post(foreign);
  ASSERT_TRUE(not_theirs.ok());
  EXPECT_FALSE(not_theirs->changed);
  EXPECT_EQ(not_theirs->status, BillingStatus::unbilled);
  EXPECT_EQ(post(ReserveOrder{other, kJob, Amount(1), std::nullopt}).error().code,
            ErrorCode::conflict);
  ASSERT_TRUE(post(ReleaseOrder{kTestAccount, kJob}).ok());
  const auto late = post(settle_of(10, 5, 1));
  ASSERT_TRUE(late.ok());
  EXPECT_FALSE(late->changed);
  EXPECT_EQ(late->status, BillingStatus::released);
  EXPECT_TRUE(payouts().empty());
  EXPECT_EQ(account().balance, Amount(100));
  EXPECT_EQ(account(other).balance, Amount(100));
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_95_ARefundIsACorrectionAndNoRowOfMoneyIsEdited) {
  credit(100);
  ASSERT_TRUE(post(reserve_of(20)).ok());
  ASSERT_TRUE(post(settle_of(20, 17, 2)).ok());
  const auto before = payouts();
  ASSERT_EQ(before.size(), 1U);
  const auto refunded = post(RefundOrder{kTestAccount, kJob});
  ASSERT_TRUE(refunded.ok());
  EXPECT_EQ(refunded->status, BillingStatus::refunded);
  EXPECT_EQ(refunded->balance, Amount(100));
  auto after = payouts();
  ASSERT_EQ(after.size(), 2U);
  std::ranges::sort(after, {}, &LedgerPayout::kind);
  EXPECT_EQ(after[0].split.payout, before[0].split.payout);
  EXPECT_EQ(after[0].status, PayoutStatus::withheld);
  EXPECT_EQ(after[1].kind, PayoutKind::correction);
  EXPECT_EQ(after[1].status, PayoutStatus::withheld);
  LedgerSums sums;
  EXPECT_EQ(verify(&sums), "");
  EXPECT_EQ(sums.nodes, Amount());
  EXPECT_EQ(sums.fees, Amount());
  EXPECT_EQ(sums.rounding, Amount());
}

TEST_P(LedgerTest, ACreditThatIsSentAgainCountsOnce) {
  const FundsOrder order{kTestAccount, EntryKind::credit, Amount(70), "invoice-7", "", "operator"};
  std::vector<LedgerOrder> orders(8, order);
  const auto outcomes = post_all(std::move(orders));
  int changed = 0;
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome.ok());
    changed += outcome->changed ? 1 : 0;
  }
  EXPECT_EQ(changed, 1);
  EXPECT_FALSE(post(order)->changed);
  auto other = order;
  other.amount = Amount(71);
  EXPECT_EQ(post(other).error().code, ErrorCode::idempotency_key_reused);
  EXPECT_EQ(account().balance, Amount(70));
  const auto down = post(
      FundsOrder{kTestAccount, EntryKind::adjustment_down, Amount(71), "too-much", "", "operator"});
  EXPECT_EQ(down.error().code, ErrorCode::insufficient_balance);
  ASSERT_TRUE(
      post(FundsOrder{kTestAccount, EntryKind::adjustment_down, Amount(20), "back", "", "operator"})
          .ok());
  EXPECT_EQ(account().balance, Amount(50));
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_91_ASpendCapIsNeverExceededOverItsRollingWindow) {
  constexpr std::int64_t kHour = 3'600'000;
  credit(10'000);
  int number = 0;
  const auto spend = [&](std::uint64_t wei) {
    const auto job = "job_cap_" + std::to_string(number++);
    auto order = reserve_of(wei, job);
    order.cap = SpendCap{Amount(100), 24 * kHour};
    const auto reserved = post(order);
    if (!reserved.ok()) {
      EXPECT_EQ(reserved.error().code, ErrorCode::spend_cap_exceeded);
      return false;
    }
    EXPECT_TRUE(post(settle_of(wei, wei, 0, job)).ok());
    return true;
  };
  EXPECT_TRUE(spend(60));
  clock_.advance_ms(12 * kHour);
  EXPECT_TRUE(spend(40));
  EXPECT_FALSE(spend(1));
  clock_.advance_ms(-6 * kHour);  // a step back gives nothing
  EXPECT_FALSE(spend(1));
  clock_.advance_ms(6 * kHour);
  clock_.advance_ms(12 * kHour - 1);
  EXPECT_FALSE(spend(1));
  clock_.advance_ms(1);  // the first 60 are out of the window now
  EXPECT_TRUE(spend(60));
  EXPECT_FALSE(spend(1));
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, G7_91_OpenReservationsCountAgainstTheCap) {
  credit(1'000);
  std::vector<LedgerOrder> orders;
  for (int i = 0; i < 10; ++i) {
    auto order = reserve_of(40, "job_open_" + std::to_string(i));
    order.cap = SpendCap{Amount(100), 1'000};
    orders.emplace_back(order);
  }
  const auto outcomes = post_all(std::move(orders));
  EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& one) { return one.ok(); }), 2);
}

TEST_P(LedgerTest, AnUnknownAccountIsSaidAndHarmsNoOtherOfTheBatch) {
  credit(10);
  std::vector<LedgerOrder> orders = {reserve_of(4, "job_1"),
                                     ReserveOrder{"cus_nobody", "job_2", Amount(1), std::nullopt},
                                     reserve_of(4, "job_3"), reserve_of(4, "job_4")};
  const auto outcomes = post_all(std::move(orders));
  EXPECT_TRUE(outcomes[0].ok());
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::not_found);
  EXPECT_TRUE(outcomes[2].ok());
  EXPECT_EQ(outcomes[3].error().code, ErrorCode::insufficient_balance);
}

// A job's id on two accounts at the same moment, at two replicas: one gets it, and nobody else of
// the same batches pays for the quarrel.
TEST_P(LedgerTest, AJobIdThatIsTakenMeanwhileIsOneCustomersAlone) {
  if (GetParam() == TestDatabase::postgres) add_replica();
  const std::string other = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAW";
  make_account(other);
  credit(10'000);
  credit(10'000, "first", other);
  for (int round = 0; round < 20; ++round) {
    std::vector<LedgerOrder> orders;
    for (int i = 0; i < 8; ++i) {
      // In turn to the replicas: each job goes to both accounts, each at another replica.
      const auto job = "job_" + std::to_string(round) + "_" + std::to_string(i / 2);
      orders.emplace_back(
          ReserveOrder{i % 2 == 0 ? kTestAccount : other, job, Amount(1 + i % 2), std::nullopt});
    }
    const auto outcomes = post_all(std::move(orders));
    for (std::size_t i = 0; i < outcomes.size(); i += 2) {
      EXPECT_NE(outcomes[i].ok(), outcomes[i + 1].ok());
      const auto& refused = outcomes[i].ok() ? outcomes[i + 1] : outcomes[i];
      ASSERT_FALSE(refused.ok());
      EXPECT_EQ(refused.error().code, ErrorCode::conflict);
      EXPECT_EQ(refused.error().param, "job_id") << refused.error().detail;
    }
  }
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, AnOrderThatIsSentAgainIsDoneOnce) {
  credit(100);
  EXPECT_TRUE(post(reserve_of(10))->changed);
  const auto again = post(reserve_of(10));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->status, BillingStatus::reserved);
  EXPECT_EQ(post(reserve_of(11)).error().code, ErrorCode::conflict);
  EXPECT_TRUE(post(settle_of(10, 9, 1))->changed);
  EXPECT_FALSE(post(settle_of(10, 9, 1))->changed);
  EXPECT_EQ(post(reserve_of(10))->status, BillingStatus::settled);
  EXPECT_EQ(account().balance, Amount(90));
  EXPECT_EQ(verify(), "");
}

// What cannot be kept whole is not kept at all.
TEST_P(LedgerTest, G7_83_ABodyThatFailsBehindItsOrderLeavesNothing) {
  credit(100);
  const LedgerOrder order = reserve_of(40);
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY([[maybe_unused]] const auto outcome, co_await replica().writer.apply(tx, order));
    co_return base::Error(ErrorCode::conflict, "the command could not be queued");
  };
  EXPECT_FALSE(database().write_blocking(std::move(body)).ok());
  EXPECT_EQ(account().reserved, Amount());
  EXPECT_EQ(account().entries, 1);
  EXPECT_FALSE(hold());
  EXPECT_TRUE(post(reserve_of(100)).ok());
  EXPECT_EQ(verify(), "");
}

struct Damage {
  storage::Statement statement;
  const char* said;
};

TEST_P(LedgerTest, G7_94_TheVerificationFindsEachKindOfDamage) {
  static const Damage kDamages[] = {
      {{"UPDATE ledger_accounts SET balance_wei = reserved_wei"}, "balance"},
      {{"UPDATE ledger_accounts SET reserved_wei = balance_wei"}, "reserved"},
      {{"UPDATE ledger_accounts SET entries = entries + 1"}, "counts"},
      {{"DELETE FROM ledger_entries WHERE seq = 2"}, "missing"},
      {{"DELETE FROM ledger_entries WHERE seq = 5"}, "counts"},
      {{"UPDATE ledger_entries SET amount_wei = balance_after_wei WHERE seq = 3"}, "fit"},
      {{"UPDATE ledger_entries SET kind = 'credit' WHERE seq = 4"}, "is "},
      {{"UPDATE ledger_entries SET private_job_id = 'job_x' WHERE seq = 3"}, "no hold"},
      {{"UPDATE ledger_entries SET created_at_ms = 1 WHERE seq = 3"}, "older"},
      {{"UPDATE ledger_holds SET billing_status = 'released' WHERE end_seq > 0"}, "hold"},
      {{"UPDATE ledger_holds SET debited_wei = reserved_wei WHERE end_seq > 0"}, "hold"},
      {{"DELETE FROM ledger_holds WHERE end_seq = 0"}, "no hold"},
      {{"UPDATE payouts SET fee_wei = charged_wei"}, "parts"},
      {{"DELETE FROM payouts"}, "no payout row"},
      {{"INSERT INTO payouts (payout_id, job_id, kind, node_id, status, charged_wei, amount_wei, "
        "fee_wei, rounding_wei, receipt_hash, created_at_ms) SELECT 'pay_x', 'job_x', 'earning', "
        "node_id, status, charged_wei, amount_wei, fee_wei, rounding_wei, '', 1 FROM payouts"},
       "no hold"},
      {{"INSERT INTO ledger_holds (job_id, account_id, billing_status, reserved_wei, debited_wei, "
        "reserve_seq, end_seq, refund_seq, receipt_hash, created_at_ms, ended_at_ms) SELECT "
        "'job_y', account_id, 'reserved', reserved_wei, debited_wei, 1, 0, 0, '', 1, 0 FROM "
        "ledger_holds WHERE end_seq = 0"},
       "missing"},
  };
  credit(100);
  ASSERT_TRUE(post(reserve_of(20)).ok());
  ASSERT_TRUE(post(settle_of(15, 12, 2)).ok());
  ASSERT_TRUE(post(reserve_of(5, "job_still_open")).ok());
  ASSERT_EQ(verify(), "");
  for (const auto& damage : kDamages) {
    // Undone behind the look: a body that fails is rolled back.
    std::string found;
    auto body = [&](storage::Transaction& tx) -> Task<Status> {
      CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(damage.statement, {}));
      found.clear();
      LedgerCheck check;
      while (!check.ended()) CO_TRY_OK(co_await check.step(tx));
      if (check.fault()) found = check.fault()->text;
      co_return base::Error(ErrorCode::conflict, "undo");
    };
    ASSERT_FALSE(database().write_blocking(std::move(body)).ok());
    EXPECT_NE(found.find(damage.said), std::string::npos)
        << damage.statement.sql << ": '" << found << "'";
  }
  EXPECT_EQ(verify(), "");
}

TEST_P(LedgerTest, OpenReservationsAreFoundByTheirAge) {
  credit(100);
  ASSERT_TRUE(post(reserve_of(5, "job_old")).ok());
  clock_.advance_ms(10'000);
  ASSERT_TRUE(post(reserve_of(5, "job_young")).ok());
  std::vector<LedgerHold> found;
  const auto read = database().read_blocking(
      [&](storage::Transaction& tx) { return select_open_holds(tx, clock_.wall_ms(), 10, found); });
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].job_id, "job_old");
}

B3_ON_EVERY_DATABASE(LedgerTest);

}  // namespace
}  // namespace b3iq::control

// The ledger in transactions, on every database.
#include <gtest/gtest.h>

#include <algorithm>

#include "control/testing/ledger_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;

class LedgerTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    make_account(kTestAccount);
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
    const auto refused = post(SettleOrder{kTestAccount, kTestJob, split, kTestNode, "0x"});
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
  ASSERT_TRUE(post(ReserveOrder{kTestAccount, kTestJob, most, std::nullopt}).ok());
  EXPECT_EQ(post(reserve_of(1, "job_b")).error().code, ErrorCode::insufficient_balance);
  ASSERT_TRUE(post(SettleOrder{kTestAccount, kTestJob, {most, most, {}}, kTestNode, "0x"}).ok());
  ASSERT_TRUE(post(RefundOrder{kTestAccount, kTestJob}).ok());
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
  EXPECT_EQ(post(ReserveOrder{other, kTestJob, Amount(1), std::nullopt}).error().code,
            ErrorCode::conflict);
  ASSERT_TRUE(post(ReleaseOrder{kTestAccount, kTestJob}).ok());
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
  const auto refunded = post(RefundOrder{kTestAccount, kTestJob});
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

TEST_P(LedgerTest, G7_95_WhatABatchHoldsIsTakenOffTheNextOne) {
  static const storage::Statement kBatched{"UPDATE payouts SET status = 'batched'"};
  credit(100);
  ASSERT_TRUE(post(reserve_of(20)).ok());
  ASSERT_TRUE(post(settle_of(20, 17, 2)).ok());
  auto batch = [](storage::Transaction& tx) -> Task<Status> {
    CO_TRY([[maybe_unused]] const auto rows, co_await tx.exec(kBatched, {}));
    co_return Status();
  };
  ASSERT_TRUE(database().write_blocking(std::move(batch)).ok());
  ASSERT_TRUE(post(RefundOrder{kTestAccount, kTestJob})->changed);
  auto after = payouts();
  ASSERT_EQ(after.size(), 2U);
  std::ranges::sort(after, {}, &LedgerPayout::kind);
  EXPECT_EQ(after[0].status, PayoutStatus::corrected);
  EXPECT_EQ(after[0].split.payout, Amount(17));
  EXPECT_EQ(after[1].kind, PayoutKind::correction);
  EXPECT_EQ(after[1].status, PayoutStatus::pending);
  EXPECT_EQ(after[1].split.payout, Amount(17));
  EXPECT_EQ(verify(), "");
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

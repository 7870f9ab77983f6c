// The verification: what it finds, and that it harms nobody and is harmed by nobody.
#include <gtest/gtest.h>

#include "control/testing/ledger_fixture.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using base::Status;
using base::Task;

class LedgerCheckTest : public LedgerFixture {
 protected:
  void SetUp() override {
    LedgerFixture::SetUp();
    make_account(kTestAccount);
  }
};

// Pages are read while the account moves on: what came behind the look is another look's.
TEST_P(LedgerCheckTest, G7_94_TheVerificationHoldsBesideWhateverGoesOn) {
  credit(1'000'000);
  LedgerSums sums;
  bool working = true;
  int looks = 0;
  auto work = [&]() -> Task<void> {
    for (int i = 0; i < 600; ++i) {
      const auto job = "job_beside_" + std::to_string(i);
      LedgerOrder reserve = reserve_of(10, job);
      EXPECT_TRUE((co_await replica().batcher.post(std::move(reserve))).ok());
      LedgerOrder end = settle_of(7, 5, 1, job);
      if (i % 3 == 0) end = ReleaseOrder{kTestAccount, job};
      EXPECT_TRUE((co_await replica().batcher.post(std::move(end))).ok());
      LedgerOrder refund = RefundOrder{kTestAccount, job};
      if (i % 5 != 1) continue;
      EXPECT_TRUE((co_await replica().batcher.post(std::move(refund))).ok());
    }
    working = false;
  };
  auto look = [&]() -> Task<void> {
    while (working) {
      LedgerCheck check;
      while (!check.ended()) EXPECT_TRUE((co_await check.step(database())).ok());
      EXPECT_FALSE(check.fault()) << (check.fault() ? check.fault()->text : "");
      if (check.fault()) co_return;
      ++looks;
    }
  };
  auto both = [&]() -> Task<bool> {
    std::vector<Task<void>> tasks;
    tasks.push_back(work());
    tasks.push_back(look());
    co_await base::join_all(std::move(tasks));
    co_return true;
  };
  http::run_task(loop_, both());
  EXPECT_GT(looks, 1);
  EXPECT_EQ(verify(&sums), "");
  EXPECT_EQ(sums.holds, 600);
}

struct Damage {
  storage::Statement statement;
  const char* said;
};

TEST_P(LedgerCheckTest, G7_94_TheVerificationFindsEachKindOfDamage) {
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

B3_ON_EVERY_DATABASE(LedgerCheckTest);

}  // namespace
}  // namespace b3iq::control

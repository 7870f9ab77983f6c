// The audit log on every database.
#include "control/audit/audit_trail.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "control/testing/control_fixture.h"

namespace b3iq::control {
namespace {

using base::Status;
using base::Task;

class AuditTrailTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    if (HasFatalFailure()) return;
    log_.emplace(app().database(), clock_);
  }
  void append(const AuditAct& act) {
    auto body = [&](storage::Transaction& tx) { return log_->append(tx, act); };
    ASSERT_TRUE(run(app().database().write(std::move(body))).ok());
    clock_.advance_ms(1000);
  }
  void append_some(int count) {
    for (int i = 0; i < count; ++i)
      append({"operator", "node.suspended", "b3n_" + std::to_string(i)});
  }
  void change(std::string_view sql) {
    auto body = [&](storage::Transaction& tx) { return tx.exec_script(sql); };
    ASSERT_TRUE(run(app().database().write(std::move(body))).ok());
  }
  AuditVerdict verify() {
    auto verdict = run(log_->verify());
    EXPECT_TRUE(verdict.ok());
    return verdict.ok() ? *verdict : AuditVerdict{};
  }
  std::optional<AuditLog> log_;
};

TEST_P(AuditTrailTest, AnUntouchedChainHoldsAndIsReadBothWays) {
  EXPECT_EQ(verify().first_broken_seq, 0);
  append_some(5);
  const auto verdict = verify();
  EXPECT_EQ(verdict.first_broken_seq, 0);
  EXPECT_EQ(verdict.chain.entries, 5);
  EXPECT_EQ(verdict.head_seq, 5);
  const auto newest = run(log_->newest(0, 2));
  ASSERT_EQ(newest->size(), 2U);
  EXPECT_EQ((*newest)[0].seq, 5);
  EXPECT_EQ((*newest)[0].hash, verdict.chain.head);
  const auto older = run(log_->newest(2, 10));
  ASSERT_EQ(older->size(), 1U);
  const auto rest = run(log_->oldest(3, 10));
  ASSERT_EQ(rest->size(), 2U);
  EXPECT_EQ((*rest)[0].subject, "b3n_3");
}

TEST_P(AuditTrailTest, G9_118_AnEditedEntryIsNamed) {
  append_some(5);
  change("UPDATE audit_log SET actor = 'somebody' WHERE seq = 3");
  const auto verdict = verify();
  EXPECT_EQ(verdict.first_broken_seq, 3);
  EXPECT_FALSE(verdict.fault.empty());
  change("UPDATE audit_log SET actor = 'operator' WHERE seq = 3");
  EXPECT_EQ(verify().first_broken_seq, 0);
}

TEST_P(AuditTrailTest, G9_118_ARemovedEntryIsSeenAtTheNextOne) {
  append_some(5);
  change("DELETE FROM audit_log WHERE seq = 2");
  EXPECT_EQ(verify().first_broken_seq, 3);
}

TEST_P(AuditTrailTest, G9_118_ASwappedPairIsSeenAtTheFirst) {
  append_some(5);
  change(
      "UPDATE audit_log SET seq = 100 WHERE seq = 2; UPDATE audit_log SET seq = 2 WHERE seq = 3; "
      "UPDATE audit_log SET seq = 3 WHERE seq = 100");
  EXPECT_EQ(verify().first_broken_seq, 2);
}

TEST_P(AuditTrailTest, G9_118_EntriesCutOffAtTheEndAreMissed) {
  append_some(5);
  change("DELETE FROM audit_log WHERE seq > 3");
  EXPECT_EQ(verify().first_broken_seq, 4);
  change("UPDATE audit_head SET seq = 3 WHERE id = 1");
  EXPECT_EQ(verify().first_broken_seq, 3);  // the head's hash is another's
}

TEST_P(AuditTrailTest, ALogLongerThanOnePieceIsVerifiedWhole) {
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    for (int i = 0; i < kMaxAuditPage + 5; ++i) {
      const AuditAct act{"operator", "node.suspended", std::to_string(i)};
      CO_TRY_OK(co_await log_->append(tx, act));
    }
    co_return Status();
  };
  ASSERT_TRUE(run(app().database().write(std::move(body))).ok());
  EXPECT_EQ(verify().chain.entries, kMaxAuditPage + 5);
  EXPECT_EQ(verify().first_broken_seq, 0);
  change("UPDATE audit_log SET act = 'node.resumed' WHERE seq = 1003");
  EXPECT_EQ(verify().first_broken_seq, 1003);
}

TEST_P(AuditTrailTest, AnActWhoseTransactionFailsLeavesNoEntry) {
  append_some(1);
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    const AuditAct act{"operator", "node.suspended", "b3n_x"};
    CO_TRY_OK(co_await log_->append(tx, act));
    co_return base::Error(base::ErrorCode::conflict, "no");
  };
  EXPECT_FALSE(run(app().database().write(std::move(body))).ok());
  append_some(1);
  EXPECT_EQ(verify().chain.entries, 2);
  EXPECT_EQ(verify().first_broken_seq, 0);
}

B3_ON_EVERY_DATABASE(AuditTrailTest);

}  // namespace
}  // namespace b3iq::control

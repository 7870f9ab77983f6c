// Patroni: the leader of two servers is killed under load, and the other one takes over.
#include "base/log.h"
#include "storage/postgres/postgres_load.h"
#include "storage/testing/test_patroni.h"

namespace b3iq::storage {
namespace {

TEST(PostgresPatroni, G10_119_TheLeaderIsKilledUnderLoadAndNothingAcknowledgedIsLost) {
  if (const auto why = TestPatroni::missing(); !why.empty()) GTEST_SKIP() << why;
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  auto started = TestPatroni::start();
  ASSERT_TRUE(started.ok()) << started.error().detail;
  const auto cluster = std::move(started).value();
  PostgresOptions options;
  options.patience_ms = 180'000;
  const auto db = open_or_fail(cluster->uri(), options);
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  NumberWriters writers(*db, 6);
  writers.wait_for(300);
  ASSERT_GE(cluster->kill_leader(), 0);
  writers.wait_for(writers.acknowledged_count() + 300);
  writers.stop();
  expect_kept(*db, writers);
  EXPECT_TRUE(writers.failed().empty());
}

}  // namespace
}  // namespace b3iq::storage

// Two servers: a primary, and a standby that must confirm each commit and takes its place.
#include "base/log.h"
#include "storage/postgres/postgres_load.h"

namespace b3iq::storage {
namespace {

TEST(PostgresFailover, G10_119_TheStandbyTakesOverAndNothingAcknowledgedIsLost) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto primary = own_server();
  ASSERT_NE(primary, nullptr);
  auto started = TestPostgres::start_standby(*primary, {});
  ASSERT_TRUE(started.ok()) << started.error().detail;
  const auto standby = std::move(started).value();
  primary->sql("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
  primary->sql("postgres", "SELECT pg_reload_conf()");
  // From here on the primary answers no commit that the standby does not have.
  const std::string look = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
  while (primary->sql("postgres", look) != "1") std::this_thread::yield();

  PostgresOptions options;
  options.patience_ms = 120'000;
  const std::string name = primary->create_database();
  const std::string uri = "postgresql:///t1?user=b3iq&host=" + primary->socket_folder() + "," +
                          standby->socket_folder();
  const auto db = open_or_fail(uri, options);
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  NumberWriters writers(*db, 6);
  writers.wait_for(300);
  primary->kill_nine();
  standby->promote();
  writers.wait_for(writers.acknowledged_count() + 300);
  writers.stop();
  expect_kept(*db, writers);
  EXPECT_TRUE(writers.failed().empty());
}

}  // namespace
}  // namespace b3iq::storage

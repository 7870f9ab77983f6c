// The server goes away in the middle of the work.
#include "base/log.h"
#include "storage/postgres/pg_source.h"
#include "storage/postgres/postgres_load.h"

namespace b3iq::storage {
namespace {

constexpr int kThreads = 6;

PostgresOptions patient() {
  PostgresOptions options;
  options.patience_ms = 120'000;
  return options;
}

TEST(PostgresCrash, G10_119_KillNineOfTheServerUnderLoadLosesNothingAcknowledged) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto server = own_server();
  ASSERT_NE(server, nullptr);
  const auto db = open_or_fail(server->create_database(), patient());
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  NumberWriters writers(*db, kThreads);
  for (int round = 0; round < 4; ++round) {
    writers.wait_for(writers.acknowledged_count() + 50 + 111 * round);
    server->kill_nine();
    server->start();
  }
  writers.wait_for(writers.acknowledged_count() + 50);  // it goes on by itself
  writers.stop();
  expect_kept(*db, writers);
  // With that much patience only a commit under way can have failed.
  EXPECT_TRUE(writers.failed().empty());
  EXPECT_GE(db->stats().reconnects, 4u);
}

TEST(PostgresCrash, AnOrderlyRestartIsWaitedFor) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto server = own_server();
  ASSERT_NE(server, nullptr);
  const auto db = open_or_fail(server->create_database(), patient());
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  NumberWriters writers(*db, kThreads);
  for (int round = 0; round < 2; ++round) {
    writers.wait_for(writers.acknowledged_count() + 100);
    server->stop();
    server->start();
  }
  writers.wait_for(writers.acknowledged_count() + 50);
  writers.stop();
  expect_kept(*db, writers);
  EXPECT_TRUE(writers.failed().empty());
}

TEST(PostgresCrash, WithoutAServerWritesAndReadsFailSoonAndTellWhy) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto server = own_server();
  ASSERT_NE(server, nullptr);
  PostgresOptions options;
  options.patience_ms = 100;
  const auto db = open_or_fail(server->create_database(), options);
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  server->kill_nine();
  for (int i = 0; i < 3; ++i) {
    const auto written = db->write_blocking([](Transaction& t) { return insert_number(t, 1); });
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, base::ErrorCode::storage_failed);
    EXPECT_NE(written.error().detail.find("Nothing was written"), std::string::npos)
        << written.error().detail;
    EXPECT_GT(written.error().retry_after_ms, 0);
  }
  std::int64_t value = 0;
  const auto read = db->read_blocking([&](Transaction& t) { return read_counter(t, "a", value); });
  EXPECT_EQ(read.error().code, base::ErrorCode::storage_failed);
  server->start();
  // The next try may still be in a pause; it comes back without help.
  for (bool ok = false; !ok;) {
    ok = db->write_blocking([](Transaction& t) { return insert_number(t, 1); }).ok();
  }
  EXPECT_EQ(numbers(*db), std::set<std::int64_t>{1});
}

TEST(PostgresCrash, OnceOneConnectionIsBackNoOtherKeepsItsOldError) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto server = own_server();
  ASSERT_NE(server, nullptr);
  const auto target = PgTarget::parse(server->create_database());
  ASSERT_TRUE(target.ok());
  server->kill_nine();
  PostgresOptions options;
  options.patience_ms = 3'000;  // enough for long pauses between tries
  std::atomic<std::uint64_t> connects = 0;
  const RequestQueue queue(1);
  std::vector<std::unique_ptr<PgSource>> sources;
  std::vector<std::jthread> waiting;
  for (int i = 0; i < 16; ++i) {
    auto& source = *sources.emplace_back(
        std::make_unique<PgSource>(*target, PgSession::Role::reader, options, connects));
    waiting.emplace_back([&source, &queue] { EXPECT_FALSE(source.get(queue).ok()); });
  }
  waiting.clear();  // joins
  server->start();
  PgSource writer(*target, PgSession::Role::writer, options, connects);
  ASSERT_TRUE(writer.get(queue).ok());
  for (auto& source : sources) {
    const auto session = source->get(queue);
    EXPECT_TRUE(session.ok()) << session.error().detail;
  }
}

TEST(PostgresCrash, CloseDoesNotWaitForAServerThatIsGone) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  const auto server = own_server();
  ASSERT_NE(server, nullptr);
  PostgresOptions options;
  options.patience_ms = 3'600'000;
  auto db = open_or_fail(server->create_database(), options);
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  server->kill_nine();
  base::Status outcome;
  std::jthread writer(
      [&] { outcome = db->write_blocking([](Transaction& t) { return insert_number(t, 1); }); });
  db->close();
  writer.join();
  EXPECT_FALSE(outcome.ok());
}

TEST(PostgresCrash, ABodyWhoseConnectionIsEndedRunsAgainOnAnother) {
  B3_NEEDS_POSTGRES();
  base::configure_log(base::LogLevel::off, base::LogFormat::text);
  static const Statement suicide{"SELECT pg_terminate_backend(pg_backend_pid())"};
  const auto db = open_or_fail(TestPostgres::shared()->create_database());
  ASSERT_NE(db, nullptr);
  ASSERT_TRUE(db->migrate(kNumbers).ok());
  int runs = 0;
  const auto once = db->write_blocking([&runs](Transaction& t) -> base::Task<base::Status> {
    CO_TRY_OK(co_await insert_number(t, 1));
    if (++runs == 1) CO_TRY_OK(co_await t.exec(suicide, {}));
    co_return base::Status();
  });
  EXPECT_TRUE(once.ok()) << once.error().detail;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(numbers(*db), std::set<std::int64_t>{1});
  // One that does it each time is given up.
  const auto always = db->write_blocking([](Transaction& t) -> base::Task<base::Status> {
    CO_TRY_OK(co_await t.exec(suicide, {}));
    co_return base::Status();
  });
  EXPECT_EQ(always.error().code, base::ErrorCode::storage_failed);
  EXPECT_TRUE(db->write_blocking([](Transaction& t) { return insert_number(t, 2); }).ok());
}

}  // namespace
}  // namespace b3iq::storage

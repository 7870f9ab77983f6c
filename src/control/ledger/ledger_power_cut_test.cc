// CASES G7, 83, at every write point: the power is cut behind each write and each sync of a life of
// the ledger. Whatever had been acknowledged is there, a transaction is there whole or not at all,
// and all of it is conserved to the wei. SQLite's file alone can be cut so; PostgreSQL is killed in
// ledger_kill_test.cc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "base/log.h"
#include "control/testing/ledger_fixture.h"
#include "storage/sqlite/fault_vfs.h"

namespace b3iq::control {
namespace {

using base::Status;
using base::Task;
using storage::Disk;
using storage::DiskEvent;
using storage::FaultVfs;
using storage::Unsynced;

constexpr std::uint64_t kCredit = 1'000'000;
constexpr int kJobs = 6;
constexpr std::uint64_t kReserved = 40;

struct Told {
  std::string job;
  BillingStatus status = BillingStatus::unbilled;
};

class LedgerPowerCutTest : public ::testing::Test {
 protected:
  LedgerPowerCutTest() {
    base::configure_log(base::LogLevel::error, base::LogFormat::text);  // every start is unclean
  }
  ~LedgerPowerCutTest() override {
    base::configure_log(base::LogLevel::info, base::LogFormat::text);
  }
  static Disk read_disk(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {{path, base::Bytes(std::istreambuf_iterator<char>(in), {})}};
  }
  static void lay_out(const Disk& disk, const std::string& from, const std::string& to) {
    for (const auto& [path, content] : disk) {
      std::ofstream out(to + path.substr(from.size()), std::ios::binary);
      out.write(reinterpret_cast<const char*>(content.data()),
                static_cast<std::streamsize>(content.size()));
    }
  }
  bool post(storage::Database& database, const LedgerOrder& order) {
    bool changed = false;
    const auto done = database.write_blocking([&](storage::Transaction& tx) -> Task<Status> {
      CO_TRY(const auto outcome, co_await writer_.apply(tx, order));
      changed = outcome.changed;
      co_return Status();
    });
    EXPECT_TRUE(done.ok()) << done.error().detail;
    return changed;
  }
  void act(storage::Database& database, FaultVfs& vfs, const LedgerOrder& order, Told told) {
    EXPECT_TRUE(post(database, order));
    vfs.mark(std::ssize(told_));
    told_.push_back(std::move(told));
  }
  // Every way of a job, and what was acknowledged of it.
  void live(storage::Database& database, FaultVfs& vfs) {
    for (int i = 0; i < kJobs; ++i) {
      const auto job = fmt::format("job_cut_{}", i);
      act(database, vfs, reserve_of(kReserved, job), {job, BillingStatus::reserved});
      if (i % 3 == 2) continue;  // left open
      if (i % 3 == 1) {
        act(database, vfs, ReleaseOrder{kTestAccount, job}, {job, BillingStatus::released});
        continue;
      }
      act(database, vfs, settle_of(31, 27, 3, job), {job, BillingStatus::settled});
      if (i > 0) continue;
      act(database, vfs, RefundOrder{kTestAccount, job}, {job, BillingStatus::refunded});
    }
  }
  void record(const std::string& path) {
    {
      const auto database = std::move(storage::open_sqlite(path)).value();
      ASSERT_TRUE(database->migrate(control_migrations(SqlDialect::sqlite)).ok());
      const auto made = database->write_blocking([](storage::Transaction& tx) -> Task<Status> {
        co_return co_await insert_account(tx, kTestAccount, 1);
      });
      ASSERT_TRUE(made.ok());
      ASSERT_TRUE(post(*database, FundsOrder{kTestAccount, EntryKind::credit, Amount(kCredit),
                                             "first", "", "operator"}));
    }
    start_ = read_disk(path);
    FaultVfs vfs;
    vfs.start_recording();
    storage::SqliteOptions options;
    options.vfs = vfs.name();
    options.checkpoint = {.idle_pages = 15,
                          .idle_ms = 1,
                          .busy_pages = 40,
                          .shrink_pages = 1000,
                          .reserve_pages = 60};
    live(*std::move(storage::open_sqlite(path, options)).value(), vfs);
    events_ = vfs.recorded();
  }

  // A job may be further than was told.
  static bool stands(BillingStatus is, BillingStatus told) {
    if (is == told) return true;
    if (told == BillingStatus::reserved) return is != BillingStatus::unbilled;
    return told == BillingStatus::settled && is == BillingStatus::refunded;
  }
  void check_told(storage::Database& database, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (events_[i].kind != DiskEvent::Kind::mark) continue;
      const auto& told = told_[static_cast<std::size_t>(events_[i].offset)];
      std::optional<LedgerHold> hold;
      ASSERT_TRUE(database
                      .read_blocking(
                          [&](storage::Transaction& tx) { return select_hold(tx, told.job, hold); })
                      .ok());
      ASSERT_TRUE(hold) << wire_name(told.status) << " " << told.job << " is gone";
      EXPECT_TRUE(stands(hold->status, told.status))
          << wire_name(told.status) << " " << told.job << " is " << wire_name(hold->status);
    }
  }
  static void check_sums(storage::Database& database) {
    LedgerCheck check;
    const auto read = database.read_blocking([&](storage::Transaction& tx) -> Task<Status> {
      while (!check.ended()) CO_TRY_OK(co_await check.step(tx));
      co_return Status();
    });
    ASSERT_TRUE(read.ok()) << read.error().detail;
    ASSERT_FALSE(check.fault()) << check.fault()->text;
    const auto& sums = check.sums();
    auto whole = sums.customers;
    for (const auto& part : {sums.nodes, sums.fees, sums.rounding})
      whole = Amount::add(whole, part).value_or(Amount());
    EXPECT_EQ(whole, Amount(kCredit));
    EXPECT_EQ(sums.outside_in, Amount(kCredit));
  }
  void check_cut(const std::string& from, std::size_t count, Unsynced unsynced) {
    SCOPED_TRACE(fmt::format("power cut behind write {} of {}", count, events_.size()));
    const storage::TemporaryFolder folder(storage::TemporaryFolder::Where::memory);
    const auto path = folder.file("ledger.db");
    lay_out(after_power_cut(start_, events_, count, unsynced, random_), from, path);
    const auto opened = storage::open_sqlite(path);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    ASSERT_NO_FATAL_FAILURE(check_sums(**opened));
    ASSERT_NO_FATAL_FAILURE(check_told(**opened, count));
    // It goes on from there.
    EXPECT_TRUE(post(**opened, reserve_of(1, "job_behind_the_cut")));
    ASSERT_NO_FATAL_FAILURE(check_sums(**opened));
  }

  base::FakeClock clock_;
  LedgerWriter writer_{clock_, base::system_random()};
  std::mt19937_64 random_{7};
  Disk start_;
  std::vector<DiskEvent> events_;
  std::vector<Told> told_;
};

TEST_F(LedgerPowerCutTest, G7_83_ACrashAtAnyWritePointLosesNothingAndConservesAll) {
  const storage::TemporaryFolder folder(storage::TemporaryFolder::Where::memory);
  const auto path = folder.file("ledger.db");
  ASSERT_NO_FATAL_FAILURE(record(path));
  ASSERT_EQ(told_.size(), 11U);
  std::size_t cuts = 0;
  for (std::size_t i = 0; i <= events_.size(); ++i) {
    const auto unsynced = i % 3 == 0   ? Unsynced::lost
                          : i % 3 == 1 ? Unsynced::kept
                                       : Unsynced::torn;
    ASSERT_NO_FATAL_FAILURE(check_cut(path, i, unsynced));
    ++cuts;
  }
  EXPECT_GT(cuts, 30U) << "it was written more often than that";
}

// The cut can lose what was told: without the syncs it does.
TEST_F(LedgerPowerCutTest, G7_83_WithoutSyncsItWouldBeLost) {
  const storage::TemporaryFolder folder(storage::TemporaryFolder::Where::memory);
  const auto path = folder.file("ledger.db");
  ASSERT_NO_FATAL_FAILURE(record(path));
  std::erase_if(events_, [](const DiskEvent& one) { return one.kind == DiskEvent::Kind::sync; });
  EXPECT_EQ(after_power_cut(start_, events_, events_.size(), Unsynced::lost, random_), start_);
}

}  // namespace
}  // namespace b3iq::control

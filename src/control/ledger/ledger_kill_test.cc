// A real process that moves money, killed with SIGKILL in the middle, again and again: what it had
// acknowledged is there, and all of it is conserved to the wei.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <random>
#include <string>

#include "control/ledger/ledger_reading_store.h"
#include "control/testing/ledger_fixture.h"

namespace b3iq::control {
namespace {

constexpr int kRounds = 6;
constexpr std::uint64_t kCredit = 1'000'000;

class LedgerKillTest : public ::testing::TestWithParam<TestDatabase> {
 protected:
  void SetUp() override {
    where_ = GetParam() == TestDatabase::sqlite
                 ? folder_.file("ledger.db")
                 : storage::TestPostgres::shared()->create_database();
  }
  std::unique_ptr<storage::Database> open() {
    auto opened = GetParam() == TestDatabase::sqlite ? storage::open_sqlite(where_)
                                                     : storage::open_postgres(where_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    const auto dialect =
        GetParam() == TestDatabase::sqlite ? SqlDialect::sqlite : SqlDialect::postgres;
    EXPECT_TRUE((*opened)->migrate(control_migrations(dialect)).ok());
    return std::move(*opened);
  }

  // Runs the worker and kills it behind so many acknowledged acts.
  void work_and_kill(std::uint64_t seed, int acts) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto seed_text = std::to_string(seed);
    const auto pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execl(B3IQ_LEDGER_WORKER, B3IQ_LEDGER_WORKER, where_.c_str(), seed_text.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    FILE* const out = ::fdopen(ends[0], "r");
    char what[32];
    char job[96];
    int seen = 0;
    // What it told before it died is in the pipe.
    while (std::fscanf(out, "%31s %95s", what, job) == 2) {
      told_[job] = what;
      if (++seen == acts) ::kill(pid, SIGKILL);
    }
    std::fclose(out);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself, " << WEXITSTATUS(status);
    ASSERT_GE(seen, acts);
  }

  // Whether what was told is there; a job may be further than was told.
  static bool stands(const LedgerHold& hold, const std::string& told) {
    if (told == "reserved") return hold.status != BillingStatus::unbilled;
    if (told == "settled")
      return hold.status == BillingStatus::settled || hold.status == BillingStatus::refunded;
    return wire_name(hold.status) == told;
  }
  void check_all() {
    const auto database = open();
    LedgerCheck check;
    std::vector<std::string_view> jobs;
    for (const auto& [job, told] : told_) jobs.push_back(job);
    HoldsByJob holds;
    const auto read =
        database->read_blocking([&](storage::Transaction& tx) -> base::Task<base::Status> {
          while (!check.ended()) CO_TRY_OK(co_await check.step(tx));
          co_return co_await select_holds_of(tx, jobs, holds);
        });
    ASSERT_TRUE(read.ok()) << read.error().detail;
    ASSERT_FALSE(check.fault()) << check.fault()->text;
    for (const auto& [job, told] : told_) {
      const auto found = holds.find(job);
      ASSERT_NE(found, holds.end()) << told << " " << job << " is gone";
      EXPECT_TRUE(stands(found->second, told))
          << told << " " << job << " is " << wire_name(found->second.status);
    }
    const auto& sums = check.sums();
    auto whole = sums.customers;
    for (const auto& part : {sums.nodes, sums.fees, sums.rounding})
      whole = Amount::add(whole, part).value_or(Amount());
    EXPECT_EQ(whole, Amount(kCredit));
    EXPECT_EQ(sums.outside_in, Amount(kCredit));
  }
  void credit() {
    const auto database = open();
    const LedgerWriter writer(base::system_clock(), base::system_random());
    const LedgerOrder order =
        FundsOrder{kTestAccount, EntryKind::credit, Amount(kCredit), "first", "", "operator"};
    const auto done =
        database->write_blocking([&](storage::Transaction& tx) -> base::Task<base::Status> {
          CO_TRY_OK(co_await insert_account(tx, kTestAccount, 1));
          CO_TRY([[maybe_unused]] const auto outcome, co_await writer.apply(tx, order));
          co_return base::Status();
        });
    ASSERT_TRUE(done.ok()) << done.error().detail;
  }

  storage::TemporaryFolder folder_{storage::TemporaryFolder::Where::disk};
  std::string where_;
  std::map<std::string, std::string> told_;  // job, the last that was told of it
};

TEST_P(LedgerKillTest, G7_83_WhatWasAcknowledgedSurvivesAKillAndAllIsConserved) {
  ASSERT_NO_FATAL_FAILURE(credit());
  std::mt19937_64 chance(std::random_device{}());
  for (int round = 0; round < kRounds; ++round) {
    const auto seed = chance() % 1'000'000'000;
    const auto acts = static_cast<int>(20 + chance() % 400);
    SCOPED_TRACE(fmt::format("seed {}, {} acts", seed, acts));
    ASSERT_NO_FATAL_FAILURE(work_and_kill(seed, acts));
    ASSERT_NO_FATAL_FAILURE(check_all());
  }
  EXPECT_GT(told_.size(), static_cast<std::size_t>(kRounds));
}

B3_ON_EVERY_DATABASE(LedgerKillTest);

}  // namespace
}  // namespace b3iq::control

// Durable reserve+settle pairs a second: our batches on SQLite and on PostgreSQL, beside the usual
// way, a pgbench script whose transactions SELECT … FOR UPDATE, on the same server and disk, with
// the same rows written. One hot account, and 10,000. Rounds take turns; the median counts.
//   ledger_bench [seconds a round, default 3] [rounds, default 3]
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/join.h"
#include "control/ledger/ledger_check.h"
#include "control/ledger/ledger_service.h"
#include "control/ledger/ledger_store.h"
#include "control/migrations/control_schema.h"
#include "http/blocking_task.h"
#include "storage/postgres/postgres_database.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::control {
namespace {

constexpr int kClients = 512;
constexpr int kOpponentClients = 64;
constexpr int kManyAccounts = 10'000;
constexpr std::string_view kFolder = B3IQ_SOURCE_DIR "/bench/ledger";
const std::string kNode = "b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

std::string account_id(int number) { return fmt::format("cus_{:026}", number); }

class Ours {
 public:
  Ours(std::unique_ptr<storage::Database> database, SqlDialect dialect, int accounts)
      : accounts_(accounts), database_(std::move(database)) {
    if (!database_->migrate(control_migrations(dialect)).ok()) std::abort();
    for (int first = 0; first < accounts_; first += 500)
      fill(first, std::min(first + 500, accounts_));
  }
  ~Ours() {
    database_->close();
    loop_.settle();
  }

  double pairs_a_second(double seconds) {
    pairs_ = 0;
    const auto start = base::system_clock().steady_ns();
    until_ns_ = start + static_cast<std::int64_t>(seconds * 1e9);
    http::run_task(loop_, all());
    const auto took = static_cast<double>(base::system_clock().steady_ns() - start) / 1e9;
    return static_cast<double>(pairs_) / took;
  }
  bool verify(std::string_view name) {
    LedgerCheck check;
    const auto start = base::system_clock().steady_ns();
    const bool holds = http::run_task(loop_, verified(check)) && !check.fault();
    const auto took = static_cast<double>(base::system_clock().steady_ns() - start) / 1e9;
    fmt::print("  verified on {}: {} entries in {:.1f} s; {}\n", name, check.sums().entries, took,
               holds ? "it adds up" : "IT DOES NOT ADD UP");
    return holds;
  }

 private:
  void fill(int first, int end) {
    const auto done =
        database_->write_blocking([&](storage::Transaction& tx) -> base::Task<base::Status> {
          std::vector<LedgerOrder> orders;
          std::vector<const LedgerOrder*> pointers;
          for (int i = first; i < end; ++i) {
            const auto id = account_id(i);
            CO_TRY_OK(co_await insert_account(tx, id, 1));
            orders.emplace_back(FundsOrder{id, EntryKind::credit, Amount(1'000'000'000'000'000),
                                           "first", "", "bench"});
          }
          for (const auto& order : orders) pointers.push_back(&order);
          std::vector<LedgerResult> outcomes;
          co_return co_await writer_.apply(tx, pointers, outcomes);
        });
    if (!done.ok()) std::abort();
  }
  base::Task<void> client(int number) {
    for (int i = number; base::system_clock().steady_ns() < until_ns_; i += kClients) {
      const auto id = account_id(i % accounts_);
      const auto job = fmt::format("job_{:026}", next_job_++);
      ReserveOrder reserve{id, job, Amount(100), std::nullopt};
      const auto reserved = co_await ledger_.post(std::move(reserve));
      SettleOrder settle{id, job, {Amount(80), Amount(76), Amount(4)}, kNode, kNode};
      const auto settled = co_await ledger_.post(std::move(settle));
      if (!reserved.ok() || !settled.ok()) std::abort();
      ++pairs_;
    }
  }
  base::Task<bool> all() {
    std::vector<base::Task<void>> tasks;
    for (int i = 0; i < kClients; ++i) tasks.push_back(client(i));
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
  base::Task<bool> verified(LedgerCheck& check) {
    while (!check.ended()) {
      if (!(co_await check.step(*database_)).ok()) co_return false;
    }
    co_return true;
  }

  const int accounts_;
  http::EventLoop loop_;
  std::unique_ptr<storage::Database> database_;
  LedgerWriter writer_{base::system_clock(), base::system_random()};
  LedgerBatcher ledger_{*database_, writer_};
  std::int64_t until_ns_ = 0;
  std::uint64_t pairs_ = 0;
  std::uint64_t next_job_ = 0;
};

class Theirs {
 public:
  explicit Theirs(storage::TestPostgres& server) : uri_(server.create_database()) {
    const auto made = fmt::format("psql -q -f {}/for_update_schema.sql '{}'", kFolder, uri_);
    if (std::system(made.c_str()) != 0) std::abort();
  }
  double pairs_a_second(int accounts, double seconds) {
    const auto command = fmt::format(
        "pgbench -n -M prepared -c {} -j 2 -T {} -D accounts={} -f {}/for_update_pair.sql '{}' "
        "2>/dev/null",
        kOpponentClients, static_cast<int>(seconds), accounts, kFolder, uri_);
    FILE* const out = ::popen(command.c_str(), "r");
    char line[512];
    double rate = 0;
    while (std::fgets(line, sizeof(line), out) != nullptr) std::sscanf(line, "tps = %lf", &rate);
    ::pclose(out);
    return rate;
  }

 private:
  std::string uri_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(double seconds, int rounds) {
  const storage::TemporaryFolder folder;
  storage::TestPostgres::Options options;
  options.fsync = true;
  options.settings = {"max_connections=200", "shared_buffers=256MB"};
  auto server = storage::TestPostgres::start_new(options);
  if (!server.ok()) {
    fmt::print(stderr, "{}\n", server.error().detail);
    return 1;
  }
  Theirs theirs(**server);
  for (const int accounts : {1, kManyAccounts}) {
    Ours sqlite(storage::open_sqlite(folder.file(fmt::format("{}.db", accounts))).value(),
                SqlDialect::sqlite, accounts);
    Ours postgres(storage::open_postgres((*server)->create_database()).value(),
                  SqlDialect::postgres, accounts);
    std::map<std::string, std::vector<double>> rates;
    for (int round = 0; round < rounds; ++round) {
      rates["pgbench FOR UPDATE"].push_back(theirs.pairs_a_second(accounts, seconds));
      rates["ours on SQLite"].push_back(sqlite.pairs_a_second(seconds));
      rates["ours on PostgreSQL"].push_back(postgres.pairs_a_second(seconds));
    }
    const auto base = median(rates["pgbench FOR UPDATE"]);
    fmt::print("{} account(s), reserve+settle pairs/s, {} rounds of {} s\n", accounts, rounds,
               seconds);
    for (const auto& [name, values] : rates) {
      fmt::print("  {:<20} {:>9.0f}  x{:<6.1f} ({:.0f} to {:.0f})\n", name, median(values),
                 median(values) / base, *std::ranges::min_element(values),
                 *std::ranges::max_element(values));
    }
    if (!sqlite.verify("SQLite") || !postgres.verify("PostgreSQL")) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace b3iq::control

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 3;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  return b3iq::control::run(seconds, rounds);
}

// The control plane's ledger on one database: makes accounts, moves money between two points in
// time, recomputes all of it. Each command prints lines of JSON; the last one is its result
// (bench/ledger/ledger_pairs.mjs).
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
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

namespace b3iq::control {
namespace {

constexpr int kAccountsOfATransaction = 500;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kTellEveryNs = kNsPerSecond / 20;
const Amount kCredit(1'000'000'000'000'000);
const std::string kNode = "b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

std::string account_id(int number) { return fmt::format("cus_{:026}", number); }
std::int64_t steady_ns() { return base::system_clock().steady_ns(); }
double seconds_since(std::int64_t start_ns) {
  return static_cast<double>(steady_ns() - start_ns) / static_cast<double>(kNsPerSecond);
}

// User and system time of this process so far.
double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void tell(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);  // the harness reads along, and may kill this process
}

// The accounts 0 to `accounts` - 1, each with more than a run can spend.
bool fill(storage::Database& database, const LedgerWriter& writer, int accounts) {
  for (int first = 0; first < accounts; first += kAccountsOfATransaction) {
    const int end = std::min(first + kAccountsOfATransaction, accounts);
    const auto body = [&](storage::Transaction& tx) -> base::Task<base::Status> {
      std::vector<LedgerOrder> orders;
      for (int i = first; i < end; ++i) {
        const auto id = account_id(i);
        CO_TRY_OK(co_await insert_account(tx, id, 1));
        orders.emplace_back(FundsOrder{id, EntryKind::credit, kCredit, "first", "", "bench"});
      }
      std::vector<const LedgerOrder*> pointers;
      pointers.reserve(orders.size());
      for (const auto& order : orders) pointers.push_back(&order);
      std::vector<LedgerResult> outcomes;
      co_return co_await writer.apply(tx, pointers, outcomes);
    };
    if (!database.write_blocking(body).ok()) return false;
  }
  tell(fmt::format(R"({{"accounts":{}}})", accounts));
  return true;
}

// Clients of which each reserves, settles, and begins anew as soon as it was answered.
class Pairs {
 public:
  Pairs(storage::Database& database, const LedgerWriter& writer, int accounts, int clients)
      : ledger_(database, writer), accounts_(accounts), clients_(clients) {}

  bool run(http::EventLoop& loop, double seconds) {
    const double cpu_before = cpu_seconds();
    const auto start = told_ns_ = steady_ns();
    until_ns_ = start + static_cast<std::int64_t>(seconds * static_cast<double>(kNsPerSecond));
    http::run_task(loop, all());
    const double took = seconds_since(start);
    const auto stats = ledger_.stats();
    tell(fmt::format(R"({{"pairs":{},"seconds":{},"cpu_seconds":{},"orders":{},"batches":{}}})",
                     pairs_, took, cpu_seconds() - cpu_before, stats.orders, stats.batches));
    return !failed_ && pairs_ > 0;
  }

 private:
  base::Task<void> client(int number) {
    for (int i = number; !failed_ && steady_ns() < until_ns_; i += clients_) {
      const auto id = account_id(i % accounts_);
      const auto job = fmt::format("job_{:013}{:013}", begun_ms_, next_job_++);
      ReserveOrder reserve{id, job, Amount(100), std::nullopt};
      const auto reserved = co_await ledger_.post(std::move(reserve));
      SettleOrder settle{id, job, {Amount(80), Amount(76), Amount(4)}, kNode, kNode};
      const auto settled = co_await ledger_.post(std::move(settle));
      if (!reserved.ok() || !settled.ok()) {
        fail((reserved.ok() ? settled : reserved).error());
        co_return;
      }
      ++pairs_;
      tell_so_far();
    }
  }
  base::Task<bool> all() {
    std::vector<base::Task<void>> tasks;
    tasks.reserve(static_cast<std::size_t>(clients_));
    for (int i = 0; i < clients_; ++i) tasks.push_back(client(i));
    co_await base::join_all(std::move(tasks));
    co_return true;
  }
  void fail(const base::Error& error) {
    failed_ = true;
    fmt::print(stderr, "{}\n", error.detail);
  }
  // What must be there after a crash of this process.
  void tell_so_far() {
    const auto now = steady_ns();
    if (now - told_ns_ < kTellEveryNs) return;
    told_ns_ = now;
    tell(fmt::format(R"({{"acknowledged":{}}})", pairs_));
  }

  LedgerBatcher ledger_;
  const int accounts_;
  const int clients_;
  const std::int64_t begun_ms_ = base::system_clock().wall_ms();
  std::int64_t until_ns_ = 0;
  std::int64_t told_ns_ = 0;
  std::uint64_t pairs_ = 0;
  std::uint64_t next_job_ = 0;
  bool failed_ = false;
};

base::Task<bool> read_all(storage::Database& database, LedgerCheck& check) {
  while (!check.ended()) {
    if (!(co_await check.step(database)).ok()) co_return false;
  }
  co_return !check.fault().has_value();
}

bool verify(http::EventLoop& loop, storage::Database& database) {
  LedgerCheck check;
  const auto start = steady_ns();
  const bool holds = http::run_task(loop, read_all(database, check));
  tell(fmt::format(R"({{"holds":{},"accounts":{},"entries":{},"payouts":{},"seconds":{}}})", holds,
                   check.sums().accounts, check.sums().entries, check.sums().payouts,
                   seconds_since(start)));
  if (check.fault()) fmt::print(stderr, "{}\n", check.fault()->text);
  return holds;
}

struct Options {
  std::string database;
  int accounts = 1;
  int clients = 512;
  double seconds = 2;
};

enum class Command : std::uint8_t { fill, pairs, verify };

int run(Command command, const Options& options) {
  const auto& where = options.database;
  const bool on_server = storage::is_postgres_uri(where);
  auto opened = on_server ? storage::open_postgres(where) : storage::open_sqlite(where);
  if (!opened.ok()) {
    fmt::print(stderr, "{}\n", opened.error().detail);
    return 1;
  }
  storage::Database& database = **opened;
  const auto dialect = on_server ? SqlDialect::postgres : SqlDialect::sqlite;
  if (const auto migrated = database.migrate(control_migrations(dialect)); !migrated.ok()) {
    fmt::print(stderr, "{}\n", migrated.error().detail);
    return 1;
  }
  http::EventLoop loop;
  const LedgerWriter writer(base::system_clock(), base::system_random());
  bool done = false;
  switch (command) {
    case Command::fill:
      done = fill(database, writer, options.accounts);
      break;
    case Command::pairs:
      done = Pairs(database, writer, options.accounts, options.clients).run(loop, options.seconds);
      break;
    case Command::verify:
      done = verify(loop, database);
      break;
  }
  database.close();
  loop.settle();
  return done ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app("the control plane's ledger on one database");
  app.require_subcommand(1);
  Options options;
  const auto add = [&](const char* name, const char* what) {
    auto* command = app.add_subcommand(name, what);
    command->add_option("--database", options.database, "a file, or postgresql://…")->required();
    return command;
  };
  auto* filling = add("fill", "make accounts with credit");
  auto* pairs = add("pairs", "reserve and settle, as many as it takes");
  auto* verifying = add("verify", "recompute every balance from the entries");
  for (auto* command : {filling, pairs})
    command->add_option("--accounts", options.accounts)->check(CLI::PositiveNumber);
  pairs->add_option("--clients", options.clients)->check(CLI::PositiveNumber);
  pairs->add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  if (*filling) return run(Command::fill, options);
  return run(*verifying ? Command::verify : Command::pairs, options);
}

}  // namespace
}  // namespace b3iq::control

int main(int argc, char** argv) { return b3iq::control::run(argc, argv); }

// A process that does nothing but move money, to be killed: ledger_kill_worker DATABASE SEED.
// DATABASE is a file or a PostgreSQL URI with the account kTestAccount in it. Every act that was
// acknowledged is a line on standard output, written at once: "reserved JOB", "settled JOB", …
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/join.h"
#include "control/ledger/ledger_service.h"
#include "http/blocking_task.h"
#include "storage/postgres/postgres_database.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::control {
namespace {

constexpr int kWorkers = 16;
constexpr int kJobsOfAWorker = 1'000'000;  // it is killed long before
const std::string kAccount = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV";

void tell(std::string_view what, const std::string& job) {
  const auto line = fmt::format("{} {}\n", what, job);
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(3);
}

base::Task<bool> done(LedgerBatcher& ledger, std::string_view what, const std::string& job,
                      LedgerOrder order) {
  const auto outcome = co_await ledger.post(std::move(order));
  if (!outcome.ok() || !outcome->changed) co_return false;
  tell(what, job);
  co_return true;
}

base::Task<void> work(LedgerBatcher& ledger, std::uint64_t seed, int worker) {
  std::mt19937_64 chance(seed + static_cast<std::uint64_t>(worker));
  for (int i = 0; i < kJobsOfAWorker; ++i) {
    const auto job = fmt::format("job_{}_{}_{}", seed, worker, i);
    const std::uint64_t reserved = chance() % 100;
    const std::uint64_t charged = chance() % (reserved + 1);
    const PriceSplit split{Amount(charged), Amount(charged / 2), Amount(charged / 3)};
    ReserveOrder reserve{kAccount, job, Amount(reserved), std::nullopt};
    if (!co_await done(ledger, "reserved", job, std::move(reserve))) continue;
    const auto turn = chance() % 4;
    if (turn == 0) continue;  // left open
    if (turn == 1) {
      ReleaseOrder release{kAccount, job};
      co_await done(ledger, "released", job, std::move(release));
      continue;
    }
    SettleOrder settle{kAccount, job, split, "b3n_x", "0x1"};
    co_await done(ledger, "settled", job, std::move(settle));
    if (turn == 2) continue;
    RefundOrder refund{kAccount, job};
    co_await done(ledger, "refunded", job, std::move(refund));
  }
}

base::Task<bool> work_until_killed(LedgerBatcher& ledger, std::uint64_t seed) {
  std::vector<base::Task<void>> tasks;
  for (int worker = 0; worker < kWorkers; ++worker) tasks.push_back(work(ledger, seed, worker));
  co_await base::join_all(std::move(tasks));
  co_return true;
}

int run(const std::string& where, std::uint64_t seed) {
  auto opened =
      storage::is_postgres_uri(where) ? storage::open_postgres(where) : storage::open_sqlite(where);
  if (!opened.ok()) return 2;
  http::EventLoop loop;
  const LedgerWriter writer(base::system_clock(), base::system_random());
  LedgerBatcher ledger(**opened, writer);
  http::run_task(loop, work_until_killed(ledger, seed));
  return 0;
}

}  // namespace
}  // namespace b3iq::control

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  return b3iq::control::run(argv[1], std::strtoull(argv[2], nullptr, 10));
}

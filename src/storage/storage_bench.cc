// Durable writes: rows of about 700 bytes, `writers` coroutines on one executor, each waiting for
// its row before the next. Counters: rows/s (items_per_second), µs of process CPU for each row,
// rows for each sync, p50 and p99 in µs.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "base/clock.h"
#include "base/single_thread_executor.h"
#include "storage/postgres/postgres_database.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"
#include "storage/testing/test_postgres.h"

namespace b3iq::storage {
namespace {

constexpr int kRowsAWriter = 200;
constexpr int kRowsAtLeast = 2000;

const Migration kSchema[] = {{1, "receipts",
                              "CREATE TABLE receipts (hash BLOB PRIMARY KEY, number BIGINT NOT "
                              "NULL, body TEXT NOT NULL) WITHOUT ROWID;"
                              "CREATE INDEX receipts_number ON receipts (number)"}};
const Migration kAppendSchema[] = {
    {1, "receipts",
     "CREATE TABLE receipts (number INTEGER PRIMARY KEY, hash BLOB NOT NULL, body TEXT NOT NULL)"}};
const Migration kPostgresSchema[] = {
    {1, "receipts",
     "CREATE TABLE receipts (hash BYTEA PRIMARY KEY, number BIGINT NOT NULL, body TEXT NOT NULL);"
     "CREATE INDEX receipts_number ON receipts (number)"}};
const Migration kPostgresAppendSchema[] = {
    {1, "receipts",
     "CREATE TABLE receipts (number BIGINT PRIMARY KEY, hash BYTEA NOT NULL, body TEXT NOT NULL)"}};
const Statement kInsert{"INSERT INTO receipts (hash, number, body) VALUES ($1, $2, $3)"};

struct Load {
  Database& db;
  std::string body = std::string(640, 'x');
  std::atomic<std::int64_t> next = 0;
  std::atomic<int> left = 0;
  std::promise<void> done;
  std::vector<std::int64_t> latencies_ns;
};

base::Task<base::Status> insert(Transaction& t, Load& load, std::int64_t number) {
  // Hashes come in no order, as real ones do.
  std::uint64_t hash[4];
  for (std::uint64_t i = 0; i < 4; ++i) {
    hash[i] = (static_cast<std::uint64_t>(number) * 4 + i + 1) * 0x9E3779B97F4A7C15;
  }
  const base::ByteView key(reinterpret_cast<const std::uint8_t*>(hash), sizeof hash);
  const Value row[] = {key, number, std::string_view(load.body)};
  CO_TRY_OK(co_await t.exec(kInsert, row));
  co_return base::Status();
}

base::Task<> write_rows(Load& load, int rows) {
  for (int i = 0; i < rows; ++i) {
    const std::int64_t number = load.next++;
    Body body = [&load, number](Transaction& t) { return insert(t, load, number); };
    const auto start = base::system_clock().steady_ns();
    const auto status = co_await load.db.write(std::move(body));
    if (!status.ok()) std::abort();
    load.latencies_ns.push_back(base::system_clock().steady_ns() - start);
  }
  if (--load.left == 0) load.done.set_value();
}

double process_cpu_us() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

void measure(benchmark::State& state, base::Result<std::unique_ptr<Database>> opened,
             std::span<const Migration> schema) {
  if (!opened.ok() || !(*opened)->migrate(schema).ok()) {
    state.SkipWithError("cannot open");
    return;
  }
  const auto db = std::move(opened).value();
  const auto writers = static_cast<int>(state.range(0));
  const int rows = std::max(kRowsAWriter, kRowsAtLeast / writers);
  Load load{*db};
  base::SingleThreadExecutor executor;
  const WriterStats before = db->stats();
  const double cpu = process_cpu_us();
  for ([[maybe_unused]] auto _ : state) {
    load.left = writers;
    load.done = {};
    executor.post([&] {
      for (int i = 0; i < writers; ++i) base::detach(write_rows(load, rows));
    });
    load.done.get_future().get();
  }
  const double used = process_cpu_us() - cpu;
  const WriterStats after = db->stats();
  const auto bodies = static_cast<double>(after.bodies - before.bodies);
  state.SetItemsProcessed(static_cast<std::int64_t>(bodies));
  state.counters["cpu_us_row"] = used / bodies;
  state.counters["rows_sync"] = bodies / static_cast<double>(after.commits - before.commits);
  std::sort(load.latencies_ns.begin(), load.latencies_ns.end());
  state.counters["p50_us"] =
      static_cast<double>(load.latencies_ns[load.latencies_ns.size() / 2]) / 1e3;
  state.counters["p99_us"] =
      static_cast<double>(load.latencies_ns[load.latencies_ns.size() * 99 / 100]) / 1e3;
}

void durable_writes(benchmark::State& state, std::span<const Migration> schema,
                    const SqliteOptions& options = {}) {
  const TemporaryFolder folder;
  measure(state, open_sqlite(folder.file("bench.db"), options), schema);
}

// A server of its own with fsync=on, through a Unix socket. The process's CPU is the driver's
// alone.
void postgres_writes(benchmark::State& state, std::span<const Migration> schema) {
  TestPostgres::Options options;
  options.fsync = true;
  auto server = TestPostgres::start_new(options);
  if (!server.ok()) {
    state.SkipWithError(server.error().detail.c_str());
    return;
  }
  measure(state, open_postgres((*server)->create_database()), schema);
}

SqliteOptions without_reserved_log() {
  SqliteOptions options;
  options.checkpoint.reserve_pages = 0;
  return options;
}

// Rows in the order of their numbers; the same with a log that grows commit by commit; rows in
// random order with an index, as a table whose key is a hash has them.
BENCHMARK_CAPTURE(durable_writes, append, kAppendSchema)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->Arg(512)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);
BENCHMARK_CAPTURE(durable_writes, append_growing_log, kAppendSchema, without_reserved_log())
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);
BENCHMARK_CAPTURE(durable_writes, random_keys, kSchema)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);
BENCHMARK_CAPTURE(postgres_writes, append, kPostgresAppendSchema)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->Arg(512)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);
BENCHMARK_CAPTURE(postgres_writes, random_keys, kPostgresSchema)
    ->Arg(1)
    ->Arg(64)
    ->Arg(512)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->MinTime(2);

}  // namespace
}  // namespace b3iq::storage

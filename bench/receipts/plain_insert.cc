// The rows of accepted receipts written by SQLite alone, so many a commit, each commit on the disk
// before the next one begins: nothing is checked, signed, or put into a tree. One connection: there
// is no second writer to SQLite. Prints one line of JSON.
#include <sqlite3.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

// As the control plane's (src/storage/sqlite), but for more memory and a checkpoint at about the
// size at which it makes its own.
constexpr const char* kSetUp =
    "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=2000;";
constexpr const char* kInsert =
    "INSERT INTO receipts (receipt_hash, log_index, node_id, job_id, status, received_at_ms, "
    "document) VALUES (?1, ?2, 'b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', ?3, 'evidence_only', "
    "?4, ?5)";

constexpr int kWarmUpCommits = 20;
constexpr int kWarmUpRows = 500;

struct Options {
  std::string database;
  std::string schema;
  int rows = 1;  // of a commit
  int document_bytes = 700;
  double seconds = 2;
};

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

class Table {
 public:
  explicit Table(const Options& options) : options_(options) {}
  ~Table() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  bool open() {
    std::ifstream file(options_.schema);
    const std::string schema((std::istreambuf_iterator<char>(file)), {});
    return sqlite3_open(options_.database.c_str(), &db_) == SQLITE_OK && run(kSetUp) &&
           run(schema.c_str()) &&
           sqlite3_prepare_v2(db_, kInsert, -1, &insert_, nullptr) == SQLITE_OK;
  }
  // Begins with a table that is nearly empty, and with a log whose file has its length already, as
  // that of a control plane that has run for a while: a sync that makes a file longer takes more.
  bool warm_up() {
    if (!run("DELETE FROM receipts")) return false;
    for (int i = 0; i < kWarmUpCommits; ++i) {
      if (!commit_rows(kWarmUpRows)) return false;
    }
    return run("PRAGMA wal_checkpoint(RESTART)");
  }
  bool commit_rows(int rows) {
    if (!run("BEGIN IMMEDIATE")) return false;
    for (int i = 0; i < rows; ++i) {
      if (!insert_row()) return false;
    }
    return run("COMMIT");
  }
  std::string fault() const { return db_ == nullptr ? "no memory" : sqlite3_errmsg(db_); }

 private:
  bool run(const char* sql) {
    return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  // Hash and job are new each time, and come in no order, as those of receipts do.
  bool insert_row() {
    std::array<std::uint64_t, 4> hash{random_(), random_(), random_(), random_()};
    const std::string job = "job_" + std::to_string(hash[0]);
    document_.resize(static_cast<std::size_t>(options_.document_bytes), '0');
    document_.replace(0, job.size(), job);
    sqlite3_bind_blob(insert_, 1, hash.data(), sizeof(hash), SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 2, next_++);
    sqlite3_bind_text(insert_, 3, job.c_str(), static_cast<int>(job.size()), SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 4, 1'700'000'000'000);
    sqlite3_bind_text(insert_, 5, document_.c_str(), static_cast<int>(document_.size()),
                      SQLITE_STATIC);
    const bool done = sqlite3_step(insert_) == SQLITE_DONE;
    sqlite3_reset(insert_);
    return done;
  }

  const Options& options_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::mt19937_64 random_{std::random_device{}()};
  std::string document_;
  std::int64_t next_ = 0;
};

int run(const Options& options) {
  Table table(options);
  bool good = table.open() && table.warm_up();
  const double cpu_before = cpu_seconds();
  const auto start = Clock::now();
  const auto until = start + std::chrono::duration<double>(options.seconds);
  std::int64_t commits = 0;
  while (good && Clock::now() < until) {
    good = table.commit_rows(options.rows);
    if (good) ++commits;
  }
  if (!good) {
    std::fprintf(stderr, "%s: %s\n", options.database.c_str(), table.fault().c_str());
    return 1;
  }
  const std::chrono::duration<double> took = Clock::now() - start;
  std::printf("{\"rows\":%" PRId64 ",\"commits\":%" PRId64
              ",\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n",
              commits * options.rows, commits, took.count(), cpu_seconds() - cpu_before);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("durable INSERTs into a table of receipts, by SQLite alone");
  Options options;
  app.add_option("--database", options.database)->required();
  app.add_option("--schema", options.schema, "made if it is not there")->required();
  app.add_option("--rows", options.rows, "of a commit")->check(CLI::PositiveNumber);
  app.add_option("--document-bytes", options.document_bytes)->check(CLI::Range(64, 1 << 20));
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

// The storage port over a real SQLite file without its threads: what processes ask waits until
// virtual time gives it a turn, so every interleaving of transactions and every moment of a crash
// is chosen by the seed. Statements, transactions and rows are those of the SQLite driver.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/database.h"
#include "storage/sqlite/sqlite_connection.h"
#include "virtual_time.h"

namespace b3iq::control::sim {

// Sees each statement while it is not yet committed.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void opened(sqlite3* connection) = 0;
  virtual void closing() = 0;
  virtual void after_statement() = 0;
  virtual std::size_t mark() = 0;
  virtual void after_body() = 0;
  virtual void rolled_back(std::size_t mark) = 0;
  virtual void committed() = 0;
  // Of a body, and not one of the faults that were made.
  virtual void failed(const base::Error& error) = 0;
};

// The file. Its content survives crash(): what was committed, and nothing else.
class SimDisk {
 public:
  SimDisk(std::string path, Witness& witness) : path_(std::move(path)), witness_(witness) {}
  ~SimDisk() { crash(); }
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  base::Status open();
  // Whoever has it open ends here and now.
  void crash();
  bool is_open() const { return connection_ != nullptr; }
  storage::SqliteConnection& connection() { return *connection_; }
  Witness& witness() { return witness_; }

 private:
  const std::string path_;
  Witness& witness_;
  std::unique_ptr<storage::SqliteConnection> connection_;
};

// How long the disk takes at most, and what goes wrong in so many of a thousand commits.
struct DiskFaults {
  std::int64_t commit_ms = 15;
  std::int64_t read_ms = 3;
  std::int64_t crash = 0;    // within a body, before the commit, or behind it
  std::int64_t refused = 0;  // nothing is kept, and the callers are told so
  std::int64_t unsure = 0;   // all is kept, and the callers are told that it failed
  std::int64_t again = 0;    // run, rolled back, and run again
  std::int64_t slow = 0;     // takes seconds
};

// What one process has of the disk.
class SimDatabase final : public storage::Database {
 public:
  // `on_crash` is called in the middle of a commit at which the process dies.
  SimDatabase(SimDisk& disk, VirtualTime& time, Dice& dice, const DiskFaults& faults,
              std::function<void()> on_crash)
      : disk_(disk), time_(time), dice_(dice), faults_(faults), on_crash_(std::move(on_crash)) {}
  ~SimDatabase() override { close(); }

  using Database::write;
  base::Task<base::Status> write(storage::Body body, storage::Isolation isolation) override;
  base::Task<base::Status> read(storage::Body body) override;
  // Nobody blocks in a simulation: unimplemented.
  base::Status write_blocking(storage::Body body) override;
  base::Status read_blocking(storage::Body body) override;
  base::Status migrate(std::span<const storage::Migration> migrations) override;
  storage::WriterStats stats() const override { return {}; }
  base::Status backup_to(const std::string& path) override;
  // The process has died: whoever waits is resumed with an error.
  void close() override;

  std::uint64_t commits() const { return commits_; }

 private:
  struct Waiting {
    storage::Body body;
    base::Status outcome;
    base::Arrival<base::Status> arrival;
  };
  using Group = std::vector<Waiting*>;
  enum class Fate : std::uint8_t { good, refused, unsure, dies_inside, dies_before, dies_behind };
  base::Task<base::Status> wait(storage::Body body, bool writes);
  void commit_group();
  Fate draw_fate();
  void run_bodies(const Group& group, std::int64_t statements_left);
  bool run_one(Waiting& one, std::int64_t& statements_left);
  void answer(const Group& group);

  SimDisk& disk_;
  VirtualTime& time_;
  Dice& dice_;
  const DiskFaults& faults_;
  const std::function<void()> on_crash_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Group writes_;
  Group reads_;
  bool commit_is_due_ = false;
  std::uint64_t commits_ = 0;
};

// The disk as it stands now, without waiting and without faults: for starts and for audits.
class CalmDatabase final : public storage::Database {
 public:
  explicit CalmDatabase(SimDisk& disk) : disk_(disk) {}
  using Database::write;
  base::Task<base::Status> write(storage::Body body, storage::Isolation isolation) override;
  base::Task<base::Status> read(storage::Body body) override;
  base::Status write_blocking(storage::Body body) override;
  base::Status read_blocking(storage::Body body) override;
  base::Status migrate(std::span<const storage::Migration> migrations) override;
  storage::WriterStats stats() const override { return {}; }
  base::Status backup_to(const std::string& path) override;
  void close() override {}

 private:
  SimDisk& disk_;
};

}  // namespace b3iq::control::sim

// A database that counts the statements that go through it, and lets a test step between.
#pragma once

#include <memory>
#include <string>

#include "storage/database.h"

namespace b3iq::control {

class CountingDatabase final : public storage::Database {
 public:
  // `inner` outlives this.
  explicit CountingDatabase(storage::Database& inner) : inner_(inner) {}

  // Since the last call.
  int take_statements() { return std::exchange(statements_, 0); }
  // Of writes, since the last call: how often one had to be waited for.
  int take_written() { return std::exchange(written_, 0); }
  // The reads, the writes that follow fail.
  void fail_reads() { failing_ = true; }
  void fail_writes() { failing_writes_ = true; }
  void fail_next_write() { failing_next_ = true; }
  // Runs once, before the next write.
  void before_write(base::UniqueFunction<base::Task<void>()> step) { step_ = std::move(step); }

  base::Task<base::Status> write(storage::Body body, storage::Isolation isolation) override {
    if (step_) {
      auto step = std::exchange(step_, {});
      co_await step();
    }
    auto counted = [this, &body](storage::Transaction& tx) -> base::Task<base::Status> {
      Counted through(tx, written_);
      co_return co_await body(through);
    };
    if (std::exchange(failing_next_, false) || failing_writes_)
      co_return base::Error(base::ErrorCode::storage_failed, "told to fail");
    co_return co_await inner_.write(std::move(counted), isolation);
  }
  base::Task<base::Status> read(storage::Body body) override {
    auto counted = [this, &body](storage::Transaction& tx) -> base::Task<base::Status> {
      Counted through(tx, statements_);
      co_return co_await body(through);
    };
    if (failing_) co_return base::Error(base::ErrorCode::storage_failed, "told to fail");
    co_return co_await inner_.read(std::move(counted));
  }
  base::Status write_blocking(storage::Body body) override {
    return inner_.write_blocking(std::move(body));
  }
  base::Status read_blocking(storage::Body body) override {
    return inner_.read_blocking(std::move(body));
  }
  base::Status migrate(std::span<const storage::Migration> migrations) override {
    return inner_.migrate(migrations);
  }
  storage::WriterStats stats() const override { return inner_.stats(); }
  base::Status backup_to(const std::string& path) override { return inner_.backup_to(path); }
  void close() override { inner_.close(); }

 private:
  class Counted final : public storage::Transaction {
   public:
    Counted(storage::Transaction& inner, int& count) : inner_(inner), count_(count) {}
    base::Task<base::Result<std::int64_t>> exec(const storage::Statement& statement,
                                                std::span<const storage::Value> values) override {
      ++count_;
      return inner_.exec(statement, values);
    }
    base::Task<base::Result<std::vector<std::int64_t>>> exec_many(
        const storage::Statement& statement, std::span<const storage::Value> values,
        std::size_t columns) override {
      ++count_;
      return inner_.exec_many(statement, values, columns);
    }
    base::Task<base::Result<std::int64_t>> insert_many(const storage::Statement& statement,
                                                       std::span<const storage::Value> values,
                                                       std::size_t columns) override {
      ++count_;
      return inner_.insert_many(statement, values, columns);
    }
    base::Task<base::Status> query(
        const storage::Statement& statement, std::span<const storage::Value> values,
        base::UniqueFunction<bool(const storage::Row&)> on_row) override {
      ++count_;
      return inner_.query(statement, values, std::move(on_row));
    }
    base::Task<base::Status> exec_script(std::string_view sql) override {
      ++count_;
      return inner_.exec_script(sql);
    }

   private:
    storage::Transaction& inner_;
    int& count_;
  };

  storage::Database& inner_;
  base::UniqueFunction<base::Task<void>()> step_;
  int statements_ = 0;
  int written_ = 0;
  bool failing_ = false;
  bool failing_writes_ = false;
  bool failing_next_ = false;
};

}  // namespace b3iq::control

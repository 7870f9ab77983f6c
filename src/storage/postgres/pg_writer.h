// The one thread of this process that writes. Bodies that wait share a transaction; how many is
// learned: half as many after a conflict with another process, more again while there is none.
#pragma once

#include <atomic>
#include <deque>
#include <thread>

#include "storage/postgres/pg_group.h"
#include "storage/postgres/pg_source.h"
#include "storage/request_queue.h"
#include "storage/write_failures.h"

namespace b3iq::storage {

class PgWriter {
 public:
  PgWriter(const PgTarget& target, const PostgresOptions& options,
           std::unique_ptr<PgSession> session, std::atomic<std::uint64_t>& connects);
  ~PgWriter();
  RequestQueue& queue() { return queue_; }
  // Finishes what was accepted.
  void close();
  WriterStats stats() const;

 private:
  // A part of what was taken, and what it has been through.
  struct Part {
    std::vector<Request*> requests;
    bool apart = false;
    int conflicts = 0;
    int losses = 0;
    std::int64_t since_ms = 0;
  };

  void run();
  void run_part(Part part);
  void after_conflict(Part part);
  void after_loss(Part part);
  void after_spoilt(const Part& part);
  void split(const Part& part, std::size_t size, bool apart);
  void finish(const Part& part);
  void fail(const Part& part, const base::Error& error);
  void grow();

  const PostgresOptions options_;
  PgSource source_;
  PgForecast forecast_;
  std::deque<Part> parts_;  // what is at hand, in order
  std::size_t group_limit_;

  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> bodies_ = 0;
  std::atomic<std::uint64_t> conflicts_ = 0;
  WriteFailures failures_;
  RequestQueue queue_;
  std::thread thread_;
};

}  // namespace b3iq::storage

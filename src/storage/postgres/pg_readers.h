// A few threads with a read-only connection each, started when the first read comes. A body sees
// one snapshot. What finds no free connection waits in a bounded queue.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/postgres/pg_source.h"
#include "storage/request_queue.h"

namespace b3iq::storage {

class PgReaders {
 public:
  PgReaders(const PgTarget& target, const PostgresOptions& options,
            std::atomic<std::uint64_t>& connects)
      : target_(target), options_(options), connects_(connects), queue_(options.max_queued_reads) {}
  ~PgReaders();
  // The queue, with its threads running.
  RequestQueue& queue();
  // Finishes what was accepted.
  void close();

 private:
  void run(int number);
  void read(PgSource& source, Request& request);

  const PgTarget& target_;
  const PostgresOptions options_;
  std::atomic<std::uint64_t>& connects_;
  RequestQueue queue_;
  std::once_flag started_;
  std::vector<std::thread> threads_;
};

}  // namespace b3iq::storage

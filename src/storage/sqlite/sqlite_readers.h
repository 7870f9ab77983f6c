// A few threads with a read-only connection each, started when the first read comes. A body sees
// one snapshot.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storage/request_queue.h"
#include "storage/sqlite/sqlite_connection.h"

namespace b3iq::storage {

inline constexpr std::size_t kMaxQueuedReads = 16'384;

class SqliteReaders {
 public:
  SqliteReaders(std::string path, std::string vfs, int threads);
  ~SqliteReaders();
  // The queue, with its threads running.
  RequestQueue& queue();
  // Finishes what was accepted.
  void close();

 private:
  void run(int number);

  const std::string path_;
  const std::string vfs_;
  const int threads_wanted_;
  RequestQueue queue_{kMaxQueuedReads};
  std::once_flag started_;
  std::vector<std::thread> threads_;
};

}  // namespace b3iq::storage

// A file being received: written, hashed and synced on a thread of its own, because the loop never
// waits for a disk. The queue to it is bounded and append() is awaited, so that a slow disk slows
// the sender.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/downloads/part_store.h"
#include "base/cancel.h"
#include "base/executor.h"
#include "base/result.h"
#include "base/single_thread_executor.h"
#include "base/task.h"
#include "base/unique_function.h"

namespace b3iq::agent {

inline constexpr std::size_t kPartBlockBytes = 1024 * 1024;
// Blocks that are filled, wait or are being written.
inline constexpr int kMaxPartBlocks = 8;
// A block that is not full goes to the disk when it is this old and more comes: what a kill costs.
inline constexpr std::int64_t kMaxBlockAgeMs = 1'000;
// How often a long work on the thread says how far it is.
inline constexpr std::int64_t kWorkToldMs = 200;

// One loop; one call at a time. close() is awaited before it is destroyed. A call waits for the
// disk as long as the disk takes; recover() and copy_from() end within a block after `cancel`.
class PartFile {
 public:
  using Told = base::UniqueFunction<void(std::int64_t done)>;  // on the loop

  // Errors: those of open_part().
  static base::Task<base::Result<std::unique_ptr<PartFile>>> open(std::string path,
                                                                  PartLimits limits);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  // What a process before this one left; nothing: begin anew.
  const std::optional<DownloadRecord>& record() const { return record_; }
  // Received, not all of it on the disk yet.
  std::int64_t bytes() const { return bytes_; }

  // As in PartStore, on the thread, after what was appended.
  base::Task<base::Status> recover(Told told, base::CancelToken cancel);
  base::Task<base::Status> restart(DownloadRecord record);
  base::Task<base::Status> check_room(std::int64_t more);
  base::Task<base::Status> copy_from(std::string from, std::int64_t max_bytes, Told told,
                                     base::CancelToken cancel);
  base::Task<base::Result<ReceivedFile>> seal();
  base::Task<void> remove();

  // Copies `bytes`. Waits when the disk is behind. Error: what an earlier write met.
  base::Task<base::Status> append(std::string_view bytes);
  // Hands what was appended to the thread, without waiting for the disk.
  void flush();
  // Flushes, and ends the thread.
  base::Task<void> close();

 private:
  using Block = std::vector<char>;
  explicit PartFile(base::Executor& loop) : loop_(loop) {}
  template <class T, class F>
  base::Task<T> on_thread(F work);
  template <class F>
  base::Task<base::Status> long_work(Told told, base::CancelToken cancel, F work);
  base::Task<void> take_block();
  void written(Block block, base::Status status);

  base::Executor& loop_;
  std::unique_ptr<base::SingleThreadExecutor> thread_;
  std::optional<PartStore> store_;  // the thread's, but for open()
  std::optional<DownloadRecord> record_;
  std::int64_t bytes_ = 0;
  Block block_;  // being filled; no capacity: none
  std::int64_t block_since_ns_ = 0;
  std::vector<Block> spare_;
  int queued_ = 0;
  base::Arrival<bool>* room_ = nullptr;  // append() waits for a block
  std::optional<base::Error> failure_;   // of a write
};

}  // namespace b3iq::agent

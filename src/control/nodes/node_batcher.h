// What many nodes send again and again, a batch of them in one transaction: what is verified while
// a commit runs, and until the next one may start (commit_pace.h), goes into it together, in few
// statements; none is answered before the commit that holds it. It outlives every join(). Loop
// thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "base/task.h"
#include "control/nodes/commit_pace.h"
#include "protocol/request_judgement.h"
#include "storage/database.h"

namespace b3iq::control {

inline constexpr std::size_t kMaxNodeBatch = 512;
// What the entries of a batch weigh together: it ends with the one that reaches this.
inline constexpr std::size_t kMaxBatchWeight = 2'048;
static_assert(kMaxNodeBatch <= kMaxBatchWeight);
inline constexpr std::size_t kMaxWaitingForBatch = 20'000;
// Who finds so many waiting comes again after this; about what they take.
inline constexpr std::int64_t kBatchRetryMs = 2'000;
// So many are a batch that waits for no more; and so many are one as soon as nobody else comes.
inline constexpr std::size_t kFullNodeBatch = 256;
inline constexpr std::size_t kEnoughForBatch = 16;
// When so many wait at the start of a commit, a process has all that it can do, and its batch lets
// a few starts pass, for it to grow: each commit writes pages and syncs, and each page holds many
// nodes. Of fewer, nobody is made to wait.
inline constexpr std::size_t kGrowingNodeBatch = 64;
inline constexpr int kStartsLetPass = 3;
constexpr bool grows_further(std::size_t waiting, std::size_t weight) {
  return waiting >= kGrowingNodeBatch && waiting < kFullNodeBatch && weight < kMaxBatchWeight;
}

// One request on its way. It lives in the frame that joins. What the transaction finds out about it
// stands in members of `Entry`; it sets them anew each time it runs.
struct BatchEntry {
  explicit BatchEntry(const protocol::VerifiedRequest& r) : request(r) {}
  std::string_view node_id() const { return request.node_id.text(); }
  // How much of a batch it takes; an Entry that brings much has its own.
  static std::size_t weight() { return 1; }

  const protocol::VerifiedRequest& request;
  base::Arrival<base::Status> arrival;
};

// `Entry`: a BatchEntry.
template <class Entry>
class NodeBatcher {
 public:
  NodeBatcher(const NodeBatcher&) = delete;
  NodeBatcher& operator=(const NodeBatcher&) = delete;

  struct Stats {
    std::uint64_t batches = 0;
    std::uint64_t entries = 0;
    std::size_t waiting = 0;
  };
  Stats stats() const { return {batches_, entries_, waiting_.size()}; }

 protected:
  using Batch = std::vector<Entry*>;  // each of another node, in the nodes' order

  NodeBatcher(storage::Database& database, CommitPace& pace) : database_(database), pace_(pace) {}
  ~NodeBatcher() = default;

  // Returns when `entry` was in a transaction that is durable. Errors: overloaded; storage_failed.
  base::Task<base::Status> join(Entry& entry) {
    if (waiting_.size() >= kMaxWaitingForBatch) {
      co_return base::Error(
          base::ErrorCode::overloaded,
          "Too many requests of nodes wait for the database; send it again in a moment.", {},
          kBatchRetryMs);
    }
    auto start = [this, &entry] {
      waiting_.push_back(&entry);
      // Behind what this turn of the loop still verifies.
      if (!flushing_) {
        flushing_ = true;
        base::Executor::current()->post([this] { base::detach(flush()); });
      }
      if (paused_) consider_the_end_of_pause();
    };
    co_return co_await entry.arrival.wait(start);
  }

  // Of `batch`; null when it has no such node.
  static Entry* find(const Batch& batch, std::string_view node_id) {
    const auto at = std::ranges::lower_bound(batch, node_id, {}, &Entry::node_id);
    return at == batch.end() || (*at)->node_id() != node_id ? nullptr : *at;
  }

  // Statements of which each decides by its own condition: replicas need not agree on an order.
  // `behind`: how many wait behind the batch. On a thread of the database; may run again.
  virtual base::Task<base::Status> write(storage::Transaction& tx, const Batch& batch,
                                         std::size_t behind) const = 0;

 private:
  // Those that wait longest, each node once: of its requests the lowest, the others come after it.
  Batch take_batch() {
    std::size_t weight = 0;
    std::size_t count = 0;
    while (count < waiting_.size() && count < kMaxNodeBatch && weight < kMaxBatchWeight)
      weight += waiting_[count++]->weight();
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    Batch taken(waiting_.begin(), end);
    std::ranges::sort(taken, [](const Entry* a, const Entry* b) {
      const int ids = a->node_id().compare(b->node_id());
      return ids != 0 ? ids < 0 : a->request.sequence < b->request.sequence;
    });
    Batch batch;
    batch.reserve(taken.size());
    auto later = waiting_.begin();
    for (Entry* entry : taken) {
      if (batch.empty() || batch.back()->node_id() != entry->node_id()) {
        batch.push_back(entry);
      } else {
        *later++ = entry;
      }
    }
    waiting_.erase(later, end);
    return batch;
  }

  base::Task<void> flush() {
    while (!waiting_.empty()) {
      if (waiting_.size() < kFullNodeBatch) {
        paused_ = true;
        consider_the_end_of_pause();
        co_await pace_.turn();
        for (int passed = 0; passed < kStartsLetPass && is_growing(); ++passed)
          co_await pace_.turn();
        paused_ = false;
      }
      co_await write_batch();
    }
    flushing_ = false;
  }
  bool is_growing() const {
    if (waiting_.size() >= kFullNodeBatch) return false;
    std::size_t weight = 0;
    for (const Entry* entry : waiting_) weight += entry->weight();
    return grows_further(waiting_.size(), weight);
  }

  // Few callers that each wait for their answer are not made to wait for each other's: once two
  // turns of the loop brought nobody else, the pause is over. A loop that is busy is let gather.
  static constexpr int kQuietTurns = 2;
  void consider_the_end_of_pause() {
    if (looking_ || waiting_.size() < kEnoughForBatch) return;
    looking_ = true;
    look_later(waiting_.size(), 0);
  }
  void look_later(std::size_t seen, int quiet_turns) {
    base::Executor::current()->post([this, seen, quiet_turns] { look(seen, quiet_turns); });
  }
  void look(std::size_t seen, int quiet_turns) {
    if (paused_ && waiting_.size() != seen) return look_later(waiting_.size(), 0);
    if (paused_ && quiet_turns < kQuietTurns) return look_later(seen, quiet_turns + 1);
    looking_ = false;
    if (paused_) base::detach(write_batch());
  }

  base::Task<void> write_batch() {
    if (waiting_.empty()) co_return;  // they went while this one was paused
    const Batch batch = take_batch();
    const std::size_t behind = waiting_.size();
    auto body = [this, &batch, behind](storage::Transaction& tx) {
      return write(tx, batch, behind);
    };
    auto written = co_await database_.write(std::move(body), storage::Isolation::by_statement);
    ++batches_;
    entries_ += batch.size();
    wake(batch, written);  // the last: `batch` names frames that are gone behind it
  }

  // Here and now, not a turn of the loop later: who was in the same group commit behind the batch
  // is resumed behind it, so what it announces finds those that wait by then. Who is resumed may be
  // gone when it returns, and may join() again: that posts or is found by flush(), and writes
  // nothing inside the call.
  static void wake(const Batch& batch, const base::Status& written) {
    std::vector<std::coroutine_handle<>> handles;
    handles.reserve(batch.size());
    for (Entry* entry : batch) {
      entry->arrival.set_without_wake(written);
      handles.push_back(entry->arrival.handle());
    }
    for (const auto handle : handles) handle.resume();
  }

  storage::Database& database_;
  CommitPace& pace_;
  Batch waiting_;
  bool flushing_ = false;
  bool paused_ = false;   // flush() waits for its turn
  bool looking_ = false;  // whether the pause can end
  std::uint64_t batches_ = 0;
  std::uint64_t entries_ = 0;
};

}  // namespace b3iq::control

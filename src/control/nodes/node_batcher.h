// What many nodes send again and again, a batch of them in one transaction: what is verified while
// a commit runs, and until the next one may start (commit_pace.h), goes into it together, in few
// statements; none is answered before the commit that holds it. It outlives every join(). Loop
// thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
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
inline constexpr std::size_t kFullNodeBatch = 200;
inline constexpr std::size_t kEnoughForBatch = 16;

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
    Batch batch;
    Batch later;
    std::unordered_map<std::string_view, std::size_t> places;
    std::size_t weight = 0;
    auto at = waiting_.begin();
    for (; at != waiting_.end() && batch.size() < kMaxNodeBatch && weight < kMaxBatchWeight; ++at) {
      weight += (*at)->weight();
      const auto [place, is_new] = places.try_emplace((*at)->node_id(), batch.size());
      if (is_new) {
        batch.push_back(*at);
        continue;
      }
      Entry*& taken = batch[place->second];
      if ((*at)->request.sequence < taken->request.sequence) std::swap(*at, taken);
      later.push_back(*at);
    }
    later.insert(later.end(), at, waiting_.end());
    waiting_ = std::move(later);
    std::ranges::sort(batch, {}, &Entry::node_id);
    return batch;
  }

  base::Task<void> flush() {
    while (!waiting_.empty()) {
      if (waiting_.size() < kFullNodeBatch) {
        paused_ = true;
        consider_the_end_of_pause();
        co_await pace_.turn();
        paused_ = false;
      }
      co_await write_batch();
    }
    flushing_ = false;
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

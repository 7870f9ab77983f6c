// The ledger inside a transaction, and in batches of its own. What is durable, and what an account
// holds, is told by outcomes alone: a caller that was answered can rely on it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/ledger/ledger_orders.h"
#include "storage/database.h"

namespace b3iq::control {

// By kind of order, as the variant LedgerOrder has them.
inline constexpr std::size_t kLedgerOrderKinds = std::variant_size_v<LedgerOrder>;
inline constexpr std::array<std::string_view, kLedgerOrderKinds> kLedgerOrderNames = {
    "funds", "reserve", "settle", "release", "refund"};
using LedgerOrderCounts = std::array<std::uint64_t, kLedgerOrderKinds>;

// Without state but for what it counts; any thread.
class LedgerWriter {
 public:
  // `random` may be used on every thread.
  LedgerWriter(const base::Clock& clock, base::Random& random) : clock_(clock), random_(random) {}

  // Inside the caller's transaction, of either isolation: the orders one after another, each with
  // its own outcome in `outcomes` (cleared first). The status is an error when nothing of it may
  // be kept: the body ends with it. Holds the accounts' rows until the transaction's end, so it
  // belongs near the end of a body.
  base::Task<base::Status> apply(storage::Transaction& tx,
                                 std::span<const LedgerOrder* const> orders,
                                 std::vector<LedgerResult>& outcomes) const;
  // One order. An order that is refused is the body's error.
  base::Task<LedgerResult> apply(storage::Transaction& tx, const LedgerOrder& order) const;

  // Orders so far; those of a transaction that ran again count each time.
  LedgerOrderCounts counts() const;

 private:
  mutable std::array<std::atomic<std::uint64_t>, kLedgerOrderKinds> counts_{};
  const base::Clock& clock_;
  base::Random& random_;
};

inline constexpr std::size_t kMaxLedgerBatch = 512;
inline constexpr std::size_t kMaxWaitingOrders = 20'000;
inline constexpr std::int64_t kLedgerRetryMs = 1'000;

// Orders that come while a commit is under way go into the next one together, in the order in which
// they came: one account can take as many in a second as there is room in its batches. It outlives
// every post(). Loop thread.
class LedgerBatcher {
 public:
  LedgerBatcher(storage::Database& database, const LedgerWriter& writer)
      : database_(database), writer_(writer) {}
  LedgerBatcher(const LedgerBatcher&) = delete;
  LedgerBatcher& operator=(const LedgerBatcher&) = delete;

  // Returns when the order is durable, or refused. Errors: those of LedgerResult; overloaded;
  // storage_failed, after which the order may or may not stand: send it again, it counts once.
  base::Task<LedgerResult> post(LedgerOrder order);

  struct Stats {
    std::uint64_t batches = 0;
    std::uint64_t orders = 0;
    std::size_t waiting = 0;
  };
  Stats stats() const { return {batches_, orders_, waiting_.size()}; }

 private:
  // Lives in the frame that posts.
  struct Entry {
    explicit Entry(LedgerOrder o) : order(std::move(o)) {}
    const LedgerOrder order;
    base::Arrival<LedgerResult> arrival;
  };
  base::Task<void> flush();
  base::Task<void> write_batch();

  storage::Database& database_;
  const LedgerWriter& writer_;
  std::deque<Entry*> waiting_;
  bool flushing_ = false;
  std::uint64_t batches_ = 0;
  std::uint64_t orders_ = 0;
};

}  // namespace b3iq::control

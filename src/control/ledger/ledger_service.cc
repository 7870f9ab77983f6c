#include "control/ledger/ledger_service.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "control/ledger/ledger_book.h"
#include "control/ledger/ledger_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

constexpr int kTriesOfBatch = 3;

// What the orders name; views of them. In order and once each.
struct Named {
  std::vector<std::string_view> accounts;
  std::vector<std::string_view> jobs;
  std::vector<std::string_view> refunded_jobs;
  std::vector<FundsKey> funds;
  std::vector<SpendWindow> windows;
};

void sort_once(std::vector<std::string_view>& ids) {
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
}

Named named_by(std::span<const LedgerOrder* const> orders) {
  Named named;
  std::set<std::pair<std::string_view, std::int64_t>> windows;
  for (const LedgerOrder* order : orders) {
    named.accounts.push_back(account_of(*order));
    if (const auto* funds = std::get_if<FundsOrder>(order)) {
      named.funds.push_back({funds->account_id, funds->reference});
      continue;
    }
    named.jobs.push_back(job_of(*order));
    if (std::holds_alternative<RefundOrder>(*order)) named.refunded_jobs.push_back(job_of(*order));
    const auto* reserve = std::get_if<ReserveOrder>(order);
    if (reserve != nullptr && reserve->cap)
      windows.insert({reserve->account_id, reserve->cap->window_ms});
  }
  for (const auto& [account, window_ms] : windows) named.windows.push_back({account, window_ms});
  sort_once(named.accounts);
  sort_once(named.jobs);
  sort_once(named.refunded_jobs);
  return named;
}

}  // namespace

Task<Status> LedgerWriter::apply(Transaction& tx, std::span<const LedgerOrder* const> orders,
                                 std::vector<LedgerResult>& outcomes) const {
  outcomes.clear();
  for (const LedgerOrder* order : orders)
    counts_[order->index()].fetch_add(1, std::memory_order_relaxed);
  const auto now_ms = clock_.wall_ms();
  const auto named = named_by(orders);
  base::BufferedRandom random(random_);  // an id for every row
  LedgerBook book(now_ms, random);
  CO_TRY_OK(co_await lock_accounts(tx, named.accounts, book));
  CO_TRY_OK(co_await load_holds(tx, named.jobs, book));
  CO_TRY_OK(co_await load_earnings(tx, named.refunded_jobs, book));
  CO_TRY_OK(co_await load_funds(tx, named.funds, book));
  CO_TRY_OK(co_await load_spent_before(tx, named.windows, now_ms, book));
  outcomes.reserve(orders.size());
  for (const LedgerOrder* order : orders) outcomes.push_back(book.apply(*order));
  co_return co_await write_book(tx, book);
}

LedgerOrderCounts LedgerWriter::counts() const {
  LedgerOrderCounts counts{};
  for (std::size_t i = 0; i < kLedgerOrderKinds; ++i)
    counts[i] = counts_[i].load(std::memory_order_relaxed);
  return counts;
}

Task<LedgerResult> LedgerWriter::apply(Transaction& tx, const LedgerOrder& order) const {
  const LedgerOrder* const orders[] = {&order};
  std::vector<LedgerResult> outcomes;
  CO_TRY_OK(co_await apply(tx, orders, outcomes));
  co_return std::move(outcomes.front());
}

Task<LedgerResult> LedgerBatcher::post(LedgerOrder order) {
  if (waiting_.size() >= kMaxWaitingOrders) {
    co_return Error(ErrorCode::overloaded,
                    "Too many changes of accounts wait for the database; send it again in a "
                    "moment.",
                    {}, kLedgerRetryMs);
  }
  Entry entry(std::move(order));
  auto start = [this, &entry] {
    waiting_.push_back(&entry);
    if (flushing_) return;
    flushing_ = true;
    base::Executor::current()->post([this] { base::detach(flush()); });
  };
  co_return co_await entry.arrival.wait(start);
}

Task<void> LedgerBatcher::flush() {
  while (!waiting_.empty()) co_await write_batch();
  flushing_ = false;
}

Task<void> LedgerBatcher::write_batch() {
  const auto count = std::min(waiting_.size(), kMaxLedgerBatch);
  const std::vector<Entry*> batch(waiting_.begin(),
                                  waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<const LedgerOrder*> orders;
  orders.reserve(count);
  for (const Entry* entry : batch) orders.push_back(&entry->order);
  std::vector<LedgerResult> outcomes;
  // Every change stands behind the lock of its account's row, so each statement may see the latest
  // commits: replicas that meet on an account wait for each other, and none has to run again.
  auto body = [&](Transaction& tx) { return writer_.apply(tx, orders, outcomes); };
  base::Status written;
  for (int tries = 0; tries < kTriesOfBatch; ++tries) {
    written =
        co_await database_.write(storage::Body(std::ref(body)), storage::Isolation::by_statement);
    // A job's id was taken on another account at the same moment: the next try sees it there.
    if (written.ok() || written.error().code != ErrorCode::conflict) break;
  }
  ++batches_;
  orders_ += count;
  for (std::size_t i = 0; i < count; ++i) {
    // Who is answered may be gone behind it.
    batch[i]->arrival.set(written.ok() ? std::move(outcomes[i]) : LedgerResult(written.error()));
  }
}

}  // namespace b3iq::control

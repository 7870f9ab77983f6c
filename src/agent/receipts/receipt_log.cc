#include "agent/receipts/receipt_log.h"

#include <map>
#include <tuple>

#include "agent/auth/usage_meter.h"
#include "base/check.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {
constexpr int kGatherTurns = 8;  // of the loop that a batch waits for more at most
}  // namespace

// What one transaction writes. Use of the same key, day and model is added up first.
struct ReceiptLog::Batch {
  std::vector<Entry> entries;
  std::vector<KeyUsageRow> usage;
  std::map<std::string_view, std::int64_t> last_use;

  explicit Batch(std::vector<Entry> from) : entries(std::move(from)) {
    std::map<std::tuple<std::string_view, std::int64_t, std::string_view>, std::size_t> row_of;
    for (const auto& entry : entries) {
      const auto [at, added] =
          row_of.try_emplace({entry.stored.account, entry.day, entry.model_id}, usage.size());
      if (added) usage.push_back({entry.stored.account, entry.day, entry.model_id, 0, 0, 0});
      auto& row = usage[at->second];
      row.requests += 1;
      row.prompt_tokens += entry.prompt_tokens;
      row.completion_tokens += entry.completion_tokens;
      last_use[entry.stored.account] = entry.stored.completed_at_ms;
    }
  }

  Task<Status> write(storage::Transaction& tx) const {
    for (const auto& entry : entries) CO_TRY_OK(co_await insert_receipt(tx, entry.stored));
    for (const auto& row : usage) CO_TRY_OK(co_await add_usage(tx, row));
    for (const auto& [account, at_ms] : last_use) CO_TRY_OK(co_await touch_key(tx, account, at_ms));
    co_return Status();
  }
};

Status ReceiptLog::load() {
  std::int64_t last = 0;
  TRY_OK(database_.read_blocking(
      [&last](storage::Transaction& tx) { return select_last_seq(tx, last); }));
  next_seq_ = last + 1;
  return {};
}

Task<Result<std::string>> ReceiptLog::append(CompletedCall call) {
  Entry entry;
  auto encoded = protocol::encode_receipt(call.receipt);
  entry.stored.hash = encoded.hash;
  entry.stored.document = std::move(encoded.document);
  entry.stored.account = std::move(call.account);
  entry.stored.completed_at_ms = call.completed_at_ms;
  entry.day = utc_day(call.completed_at_ms);
  entry.model_id = call.receipt.model_id;
  entry.prompt_tokens = call.receipt.usage.prompt_tokens;
  entry.completion_tokens = call.receipt.usage.completion_tokens;
  const auto hash = entry.stored.hash;

  base::Arrival<Status> durable;
  entry.waiter = &durable;
  auto status = co_await durable.wait([this, &entry] {
    pending_.push_back(std::move(entry));
    if (!std::exchange(flushing_, true)) gather(0);
  });
  if (!status.ok()) co_return std::move(status).error();
  co_return protocol::receipt_hash_text(hash);
}

// Starts a batch at the end of the loop's turn, or a few turns later while each turn still brings
// more: a commit costs about the same for one receipt as for thirty. A receipt that is alone does
// not wait.
void ReceiptLog::gather(int turn) {
  const std::size_t here = pending_.size();
  base::Executor::current()->post([this, turn, here] {
    if (pending_.size() > here && turn < kGatherTurns) {
      gather(turn + 1);
    } else {
      base::detach(flush());
    }
  });
}

// One at a time: while it waits for the disk, the next batch gathers in pending_.
Task<void> ReceiptLog::flush() {
  // Numbers are given here, so that a failed batch leaves no gap that another could fill
  // differently.
  for (auto& entry : pending_) entry.stored.seq = next_seq_++;
  const Batch batch(std::exchange(pending_, {}));
  auto body = [&batch](storage::Transaction& tx) { return batch.write(tx); };
  const auto status = co_await database_.write(std::move(body));
  batches_ += 1;
  if (status.ok()) appended_ += static_cast<std::int64_t>(batch.entries.size());

  std::vector<std::coroutine_handle<>> waiting;
  waiting.reserve(batch.entries.size());
  for (const auto& entry : batch.entries) {
    entry.waiter->set_without_wake(status);
    waiting.push_back(entry.waiter->handle());
  }
  flushing_ = !pending_.empty();
  if (flushing_) gather(0);
  // Last: what they do may append again. They are resumed here and not posted, which would cost the
  // answers another turn of the loop.
  for (const auto handle : waiting) handle.resume();
}

SignedReceipt ReceiptLog::sign(const StoredReceipt& stored) const {
  return {stored.seq, stored.account, protocol::receipt_hash_text(stored.hash),
          protocol::sign_encoded_receipt(stored.document, identity_)};
}

Task<Result<std::vector<SignedReceipt>>> ReceiptLog::list(ReceiptQuery query) {
  std::vector<StoredReceipt> rows;
  auto body = [&rows, &query](storage::Transaction& tx) {
    rows.clear();
    return select_receipts(tx, query, rows);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  std::vector<SignedReceipt> receipts;
  receipts.reserve(rows.size());
  for (const auto& row : rows) receipts.push_back(sign(row));
  co_return receipts;
}

Task<Result<SignedReceipt>> ReceiptLog::find(std::string receipt_hash,
                                             std::optional<std::string> account) {
  const auto hash = protocol::parse_receipt_hash(receipt_hash);
  if (!hash) {
    co_return Error(ErrorCode::invalid_request,
                    "A receipt hash is 0x and 64 lower-case hexadecimal digits.", "receipt_hash");
  }
  auto index = [](storage::Transaction& tx) { return index_receipts(tx); };
  CO_TRY_OK(co_await database_.write(std::move(index)));
  std::optional<StoredReceipt> row;
  auto body = [&row, &hash](storage::Transaction& tx) { return select_receipt(tx, *hash, row); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!row || (account && row->account != *account)) {
    co_return Error(ErrorCode::not_found,
                    "This node keeps no receipt with that hash for this caller.", "receipt_hash");
  }
  co_return sign(*row);
}

}  // namespace b3iq::agent

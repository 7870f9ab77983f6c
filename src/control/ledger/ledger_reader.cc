#include "control/ledger/ledger_reader.h"

#include <fmt/format.h>

#include <limits>

#include "control/ledger/ledger_reading_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 3'600'000;
constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

// What came between two times: both sums are of the same kind. A sum that reached the largest
// amount stays there.
KindTotal between(const KindTotal& first, const KindTotal& last) {
  return {last.entries - first.entries,
          Amount::subtract(last.amount, first.amount).value_or(Amount())};
}

}  // namespace

Task<Result<LedgerAccount>> LedgerReader::account(std::string account_id) {
  std::optional<LedgerAccount> found;
  auto body = [&](Transaction& tx) { return select_account(tx, account_id, found); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found)
    co_return Error(ErrorCode::not_found, fmt::format("There is no account '{}'.", account_id));
  co_return *std::move(found);
}

Task<Result<LedgerUsage>> LedgerReader::usage(UsageQuery query) {
  LedgerUsage usage;
  usage.generated_at_ms = clock_.wall_ms();
  const auto start_ms = usage.generated_at_ms - query.window_days * kDayMs;
  auto body = [&](Transaction& tx) -> Task<Status> {
    for (const auto kind : kAllEntryKinds) {
      KindTotal first;
      KindTotal last;
      CO_TRY_OK(co_await select_kind_total(tx, query.account_id, kind, start_ms, first));
      CO_TRY_OK(co_await select_kind_total(tx, query.account_id, kind, kEver, last));
      usage.totals[static_cast<std::size_t>(kind)] = between(first, last);
    }
    co_return co_await select_entries_before(tx, query.account_id, 0, query.limit, usage.entries);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  std::erase_if(usage.entries,
                [&](const LedgerEntry& entry) { return entry.created_at_ms <= start_ms; });
  co_return usage;
}

Task<Result<std::vector<LedgerEntry>>> LedgerReader::entries(std::string account_id,
                                                             std::int64_t before_seq,
                                                             std::int64_t limit) {
  std::vector<LedgerEntry> found;
  auto body = [&](Transaction& tx) {
    return select_entries_before(tx, account_id, before_seq, limit, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return found;
}

}  // namespace b3iq::control

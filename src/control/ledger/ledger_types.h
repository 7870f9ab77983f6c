// The words and rows of the ledger (docs/adr/0028-ledger.md). All amounts are wei.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/amount.h"

namespace b3iq::control {

using protocol::Amount;

// What an entry does to its account, and which account is its other side:
//
//   credit           outside  -> balance
//   adjustment_up    outside  -> balance
//   adjustment_down  balance  -> outside
//   reserve          available -> reserved   (inside the account; the balance holds both)
//   release          reserved -> available
//   debit            reserved -> clearing    (the balance shrinks with it)
//   refund           clearing -> balance
//
// What a debit brings into clearing goes on to the node, to fees and to rounding in one payout
// row, so clearing is always empty. Stored by stored_name(); outside both adjustments are
// "adjustment".
enum class EntryKind : std::uint8_t {
  credit,
  reserve,
  release,
  debit,
  refund,
  adjustment_up,
  adjustment_down
};
inline constexpr std::size_t kEntryKinds = 7;
inline constexpr std::array<EntryKind, kEntryKinds> kAllEntryKinds = {
    EntryKind::credit, EntryKind::reserve,       EntryKind::release,        EntryKind::debit,
    EntryKind::refund, EntryKind::adjustment_up, EntryKind::adjustment_down};
std::string_view stored_name(EntryKind kind);
std::string_view wire_name(EntryKind kind);
std::optional<EntryKind> entry_kind_from_stored(std::string_view name);

// Of the balance: it grew, it shrank, or money moved inside the account.
enum class EntryDirection : std::uint8_t { in, out, inside };
EntryDirection direction_of(EntryKind kind);
std::string_view wire_name(EntryDirection direction);  // "in", "out", "hold"

// Of a job. `unbilled`: nothing is reserved for it.
enum class BillingStatus : std::uint8_t { unbilled, reserved, settled, released, refunded };
std::string_view wire_name(BillingStatus status);
std::optional<BillingStatus> billing_status_from_name(std::string_view name);

enum class BillingEvent : std::uint8_t { reserve, settle, release, refund };
// The only transitions: unbilled -reserve-> reserved, reserved -settle-> settled,
// reserved -release-> released, settled -refund-> refunded. nullopt: the event changes nothing.
std::optional<BillingStatus> next_billing_status(BillingStatus now, BillingEvent event);

enum class PayoutStatus : std::uint8_t { pending, batched, finalized, withheld, corrected };
std::string_view wire_name(PayoutStatus status);
std::optional<PayoutStatus> payout_status_from_name(std::string_view name);

// `batch`, `finalize` and `reset` are what happens to its batch; `take_back` is a refund.
enum class PayoutEvent : std::uint8_t { batch, finalize, reset, take_back };
// pending -batch-> batched, batched -finalize-> finalized, batched -reset-> pending;
// take_back: pending -> withheld, batched or finalized -> corrected. nullopt: changes nothing.
std::optional<PayoutStatus> next_payout_status(PayoutStatus now, PayoutEvent event);

// An earning gives to the node; a correction of the same job takes the same back.
enum class PayoutKind : std::uint8_t { earning, correction };
std::string_view wire_name(PayoutKind kind);
std::optional<PayoutKind> payout_kind_from_name(std::string_view name);

// Entries of one kind, and their sum. A sum stops at 2^256-1 (add_up()).
struct KindTotal {
  std::int64_t entries = 0;
  Amount amount;
  friend bool operator==(const KindTotal&, const KindTotal&) = default;
};
KindTotal add_up(const KindTotal& total, const Amount& amount);

struct LedgerAccount {
  std::string id;  // of its customer, cus_…
  Amount balance;
  Amount reserved;  // at most the balance
  std::int64_t entries = 0;
  std::int64_t last_at_ms = 0;  // of its newest entry
  std::array<KindTotal, kEntryKinds> totals;
  Amount available() const;
  const KindTotal& total(EntryKind kind) const { return totals[static_cast<std::size_t>(kind)]; }
  KindTotal& total(EntryKind kind) { return totals[static_cast<std::size_t>(kind)]; }
  friend bool operator==(const LedgerAccount&, const LedgerAccount&) = default;
};

struct LedgerEntry {
  std::string id;  // ent_ + ULID
  std::string account_id;
  std::int64_t seq = 0;  // 1, 2, 3 … of its account
  EntryKind kind = EntryKind::credit;
  Amount amount;
  Amount balance_after;
  Amount reserved_after;
  KindTotal kind_total;            // of this kind, up to this entry
  std::string job_id;              // "" for none
  std::string receipt_hash;        // "" for none
  std::int64_t created_at_ms = 0;  // never before that of the entry before it
};

// Adds an entry of this kind to the account's figures. nullopt, and nothing changed, when the
// balance or what is reserved cannot take it. Sets all of the entry but its id, job and receipt.
std::optional<LedgerEntry> post_entry(LedgerAccount& account, EntryKind kind, const Amount& amount,
                                      std::int64_t now_ms);

// What was reserved for one job, and what became of it. Sequences of entries are 0 until there is
// one.
struct LedgerHold {
  std::string job_id;
  std::string account_id;
  BillingStatus status = BillingStatus::unbilled;
  Amount reserved;
  Amount debited;
  std::int64_t reserve_seq = 0;
  std::int64_t end_seq = 0;  // of the debit, or of the release without one
  std::int64_t refund_seq = 0;
  std::string receipt_hash;
  std::int64_t created_at_ms = 0;
  std::int64_t ended_at_ms = 0;
};

// How a customer's price is divided. What is left of `charged` is the rounding.
struct PriceSplit {
  Amount charged;
  Amount payout;  // to the node
  Amount fee;     // to the protocol
  // nullopt when the parts are more than the whole.
  std::optional<Amount> rounding() const;
};

struct LedgerPayout {
  std::string id;  // pay_ + ULID
  std::string job_id;
  PayoutKind kind = PayoutKind::earning;
  std::string node_id;
  PayoutStatus status = PayoutStatus::pending;
  PriceSplit split;
  Amount rounding;
  std::string receipt_hash;
  std::int64_t created_at_ms = 0;
};

// A credit or an adjustment, under the name that its maker gave it.
struct LedgerFunds {
  std::string account_id;
  std::string reference;
  std::int64_t seq = 0;
  EntryKind kind = EntryKind::credit;
  Amount amount;
  std::string reason;
  std::string made_by;
};

}  // namespace b3iq::control

#include "control/ledger/ledger_types.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace b3iq::control {
namespace {

template <class T, std::size_t n>
using Names = std::array<std::pair<T, std::string_view>, n>;

constexpr Names<EntryKind, kEntryKinds> kKinds = {{
    {EntryKind::credit, "credit"},
    {EntryKind::reserve, "reserve"},
    {EntryKind::release, "release"},
    {EntryKind::debit, "debit"},
    {EntryKind::refund, "refund"},
    {EntryKind::adjustment_up, "adjustment_up"},
    {EntryKind::adjustment_down, "adjustment_down"},
}};
constexpr Names<BillingStatus, 5> kBilling = {{
    {BillingStatus::unbilled, "unbilled"},
    {BillingStatus::reserved, "reserved"},
    {BillingStatus::settled, "settled"},
    {BillingStatus::released, "released"},
    {BillingStatus::refunded, "refunded"},
}};
constexpr Names<PayoutStatus, 5> kPayouts = {{
    {PayoutStatus::pending, "pending"},
    {PayoutStatus::batched, "batched"},
    {PayoutStatus::finalized, "finalized"},
    {PayoutStatus::withheld, "withheld"},
    {PayoutStatus::corrected, "corrected"},
}};
constexpr Names<PayoutKind, 2> kPayoutKinds = {{
    {PayoutKind::earning, "earning"},
    {PayoutKind::correction, "correction"},
}};

template <class T, std::size_t n>
std::string_view name_in(const Names<T, n>& names, T value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  B3_CHECK(!"a value without a name");
  return {};
}
template <class T, std::size_t n>
std::optional<T> value_in(const Names<T, n>& names, std::string_view name) {
  for (const auto& [value, known] : names)
    if (known == name) return value;
  return std::nullopt;
}

// The two figures of an account after an entry; nullopt when it does not fit.
struct Figures {
  Amount balance;
  Amount reserved;
};
std::optional<Figures> after(const LedgerAccount& account, EntryKind kind, const Amount& amount) {
  Figures next{account.balance, account.reserved};
  const auto set = [](Amount& to, std::optional<Amount> value) {
    if (value) to = *value;
    return value.has_value();
  };
  bool fits = false;
  switch (kind) {
    case EntryKind::credit:
    case EntryKind::adjustment_up:
    case EntryKind::refund:
      fits = set(next.balance, Amount::add(account.balance, amount));
      break;
    case EntryKind::adjustment_down:
      fits = amount <= account.available() &&
             set(next.balance, Amount::subtract(account.balance, amount));
      break;
    case EntryKind::reserve:
      fits = amount <= account.available() &&
             set(next.reserved, Amount::add(account.reserved, amount));
      break;
    case EntryKind::release:
      fits = set(next.reserved, Amount::subtract(account.reserved, amount));
      break;
    case EntryKind::debit:
      fits = set(next.reserved, Amount::subtract(account.reserved, amount)) &&
             set(next.balance, Amount::subtract(account.balance, amount));
      break;
  }
  if (!fits) return std::nullopt;
  return next;
}

}  // namespace

std::string_view stored_name(EntryKind kind) { return name_in(kKinds, kind); }

std::string_view wire_name(EntryKind kind) {
  const bool adjusts = kind == EntryKind::adjustment_up || kind == EntryKind::adjustment_down;
  return adjusts ? "adjustment" : stored_name(kind);
}

std::optional<EntryKind> entry_kind_from_stored(std::string_view name) {
  return value_in(kKinds, name);
}

EntryDirection direction_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::credit:
    case EntryKind::refund:
    case EntryKind::adjustment_up:
      return EntryDirection::in;
    case EntryKind::debit:
    case EntryKind::adjustment_down:
      return EntryDirection::out;
    case EntryKind::reserve:
    case EntryKind::release:
      break;
  }
  return EntryDirection::inside;
}

std::string_view wire_name(EntryDirection direction) {
  switch (direction) {
    case EntryDirection::in:
      return "in";
    case EntryDirection::out:
      return "out";
    case EntryDirection::inside:
      break;
  }
  return "hold";
}

std::string_view wire_name(BillingStatus status) { return name_in(kBilling, status); }
std::optional<BillingStatus> billing_status_from_name(std::string_view name) {
  return value_in(kBilling, name);
}

std::optional<BillingStatus> next_billing_status(BillingStatus now, BillingEvent event) {
  switch (now) {
    case BillingStatus::unbilled:
      if (event == BillingEvent::reserve) return BillingStatus::reserved;
      break;
    case BillingStatus::reserved:
      if (event == BillingEvent::settle) return BillingStatus::settled;
      if (event == BillingEvent::release) return BillingStatus::released;
      break;
    case BillingStatus::settled:
      if (event == BillingEvent::refund) return BillingStatus::refunded;
      break;
    case BillingStatus::released:
    case BillingStatus::refunded:
      break;
  }
  return std::nullopt;
}

std::string_view wire_name(PayoutStatus status) { return name_in(kPayouts, status); }
std::optional<PayoutStatus> payout_status_from_name(std::string_view name) {
  return value_in(kPayouts, name);
}

std::optional<PayoutStatus> next_payout_status(PayoutStatus now, PayoutEvent event) {
  switch (now) {
    case PayoutStatus::pending:
      if (event == PayoutEvent::batch) return PayoutStatus::batched;
      if (event == PayoutEvent::take_back) return PayoutStatus::withheld;
      break;
    case PayoutStatus::batched:
      if (event == PayoutEvent::finalize) return PayoutStatus::finalized;
      if (event == PayoutEvent::reset) return PayoutStatus::pending;
      if (event == PayoutEvent::take_back) return PayoutStatus::corrected;
      break;
    case PayoutStatus::finalized:
      if (event == PayoutEvent::take_back) return PayoutStatus::corrected;
      break;
    case PayoutStatus::withheld:
    case PayoutStatus::corrected:
      break;
  }
  return std::nullopt;
}

std::string_view wire_name(PayoutKind kind) { return name_in(kPayoutKinds, kind); }
std::optional<PayoutKind> payout_kind_from_name(std::string_view name) {
  return value_in(kPayoutKinds, name);
}

KindTotal add_up(const KindTotal& total, const Amount& amount) {
  return {total.entries + 1, Amount::add(total.amount, amount).value_or(Amount::max())};
}

Amount LedgerAccount::available() const {
  return Amount::subtract(balance, reserved).value_or(Amount());
}

std::optional<LedgerEntry> post_entry(LedgerAccount& account, EntryKind kind, const Amount& amount,
                                      std::int64_t now_ms) {
  const auto next = after(account, kind, amount);
  if (!next) return std::nullopt;
  account.balance = next->balance;
  account.reserved = next->reserved;
  account.entries += 1;
  account.last_at_ms = std::max(account.last_at_ms, now_ms);
  account.total(kind) = add_up(account.total(kind), amount);
  LedgerEntry entry;
  entry.account_id = account.id;
  entry.seq = account.entries;
  entry.kind = kind;
  entry.amount = amount;
  entry.balance_after = account.balance;
  entry.reserved_after = account.reserved;
  entry.kind_total = account.total(kind);
  entry.created_at_ms = account.last_at_ms;
  return entry;
}

std::optional<Amount> PriceSplit::rounding() const {
  const auto parts = Amount::add(payout, fee);
  if (!parts) return std::nullopt;
  return Amount::subtract(charged, *parts);
}

}  // namespace b3iq::control

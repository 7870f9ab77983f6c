#include "control/ledger/ledger_book.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

LedgerOutcome unchanged(const LedgerAccount& account, BillingStatus status, std::string said) {
  LedgerOutcome outcome;
  outcome.said = std::move(said);
  outcome.status = status;
  outcome.balance = account.balance;
  outcome.reserved = account.reserved;
  return outcome;
}

LedgerOutcome nothing_reserved(const LedgerAccount& account, std::string_view job_id) {
  return unchanged(account, BillingStatus::unbilled,
                   fmt::format("Nothing is reserved for the job {}.", job_id));
}

LedgerOutcome ended_already(const LedgerAccount& account, const LedgerHold& hold) {
  return unchanged(account, hold.status,
                   fmt::format("The billing of the job {} is {} already; nothing was changed.",
                               hold.job_id, wire_name(hold.status)));
}

Error not_enough(const LedgerAccount& account, const Amount& needed) {
  return Error(ErrorCode::insufficient_balance,
               fmt::format("{} wei are needed and {} are available. Ask the operator for a credit, "
                           "or wait until running jobs have ended.",
                           needed.to_string(), account.available().to_string()));
}

}  // namespace

std::string_view job_of(const LedgerOrder& order) {
  return std::visit(
      [](const auto& one) -> std::string_view {
        if constexpr (requires { one.job_id; }) {
          return one.job_id;
        } else {
          return {};
        }
      },
      order);
}

void LedgerBook::add(LedgerAccount account) {
  const auto entries = account.entries;
  auto id = account.id;
  accounts_.insert_or_assign(std::move(id), Account{std::move(account), entries});
}
void LedgerBook::add(LedgerHold hold) {
  const auto status = hold.status;
  auto id = hold.job_id;
  holds_.insert_or_assign(std::move(id), Hold{std::move(hold), status});
}
void LedgerBook::add(LedgerPayout earning) {
  const auto status = earning.status;
  auto id = earning.job_id;
  earnings_.insert_or_assign(std::move(id), Payout{std::move(earning), status, false});
}
void LedgerBook::add(LedgerFunds funds) {
  auto key = std::pair(funds.account_id, funds.reference);
  funds_.insert_or_assign(std::move(key), std::move(funds));
}
void LedgerBook::add_spent_before(const std::string& account_id, std::int64_t window_ms,
                                  const KindTotal& debits) {
  spent_before_.insert_or_assign({account_id, window_ms}, debits);
}

LedgerResult LedgerBook::apply(const LedgerOrder& order) {
  const auto account = accounts_.find(account_of(order));
  if (account == accounts_.end()) {
    return Error(ErrorCode::not_found,
                 fmt::format("There is no account of a customer '{}'. See them all: "
                             "b3iq-control-plane admin customers list",
                             account_of(order)));
  }
  return std::visit([&](const auto& one) { return apply_to(account->second.now, one); }, order);
}

LedgerHold* LedgerBook::hold_of(const LedgerAccount& account, std::string_view job_id) {
  const auto found = holds_.find(job_id);
  if (found == holds_.end() || found->second.now.account_id != account.id) return nullptr;
  return &found->second.now;
}

const LedgerEntry* LedgerBook::post(LedgerAccount& account, EntryKind kind, const Amount& amount,
                                    const LedgerHold* hold) {
  auto entry = post_entry(account, kind, amount, now_ms_);
  if (!entry) return nullptr;
  entry->id = "ent_" + base::make_ulid(entry->created_at_ms, random_);
  if (hold != nullptr) {
    entry->job_id = hold->job_id;
    entry->receipt_hash = hold->receipt_hash;
  }
  return &entries_.emplace_back(*std::move(entry));
}

LedgerOutcome LedgerBook::done(const LedgerAccount& account, BillingStatus status,
                               const LedgerEntry& entry) const {
  auto outcome = unchanged(account, status, {});
  outcome.changed = true;
  outcome.entry_id = entry.id;
  return outcome;
}

LedgerResult LedgerBook::apply_to(LedgerAccount& account, const FundsOrder& order) {
  const auto key = std::pair(order.account_id, order.reference);
  if (const auto known = funds_.find(key); known != funds_.end()) {
    if (known->second.kind != order.kind || known->second.amount != order.amount) {
      return Error(ErrorCode::idempotency_key_reused,
                   fmt::format("The reference '{}' of this customer is that of another act: {} of "
                               "{} wei. Give a new act a reference of its own.",
                               order.reference, wire_name(known->second.kind),
                               known->second.amount.to_string()),
                   "reference");
    }
    return unchanged(account, BillingStatus::unbilled,
                     fmt::format("The {} with the reference '{}' was made before; nothing was "
                                 "changed.",
                                 wire_name(order.kind), order.reference));
  }
  if (order.amount.is_zero()) {
    return Error(ErrorCode::invalid_request, "The amount is nothing: give at least 1 wei.",
                 "amount_wei");
  }
  const auto* const entry = post(account, order.kind, order.amount, nullptr);
  if (entry == nullptr) {
    if (order.kind == EntryKind::adjustment_down) return not_enough(account, order.amount);
    return Error(ErrorCode::invalid_request,
                 "With this the balance would pass 2^256-1 wei, the most there can be.",
                 "amount_wei");
  }
  LedgerFunds funds{order.account_id, order.reference, entry->seq,   order.kind,
                    order.amount,     order.reason,    order.made_by};
  new_funds_.push_back(funds);
  funds_.emplace(key, std::move(funds));
  return done(account, BillingStatus::unbilled, *entry);
}

Status LedgerBook::check_cap(const LedgerAccount& account, const ReserveOrder& order) const {
  if (!order.cap) return {};
  KindTotal before;
  const auto known = spent_before_.find({account.id, order.cap->window_ms});
  if (known != spent_before_.end()) before = known->second;
  const auto debited =
      Amount::subtract(account.total(EntryKind::debit).amount, before.amount).value_or(Amount());
  const auto open = Amount::add(debited, account.reserved).value_or(Amount::max());
  const auto with = Amount::add(open, order.amount);
  if (with && *with <= order.cap->wei) return {};
  return Error(ErrorCode::spend_cap_exceeded,
               fmt::format("With {} wei more, {} would be spent or reserved in {} hours, and the "
                           "customer's cap is {}. Wait, or ask the operator for another cap.",
                           order.amount.to_string(), with.value_or(Amount::max()).to_string(),
                           order.cap->window_ms / 3'600'000, order.cap->wei.to_string()));
}

LedgerResult LedgerBook::apply_to(LedgerAccount& account, const ReserveOrder& order) {
  if (const auto known = holds_.find(order.job_id); known != holds_.end()) {
    const auto& hold = known->second.now;
    if (hold.account_id == account.id && hold.reserved == order.amount)
      return ended_already(account, hold);
    return Error(
        ErrorCode::conflict,
        fmt::format("The job id '{}' is in use. Leave it out, or choose another.", order.job_id),
        "job_id");
  }
  TRY_OK(check_cap(account, order));
  LedgerHold hold;
  hold.job_id = order.job_id;
  hold.account_id = account.id;
  const auto next = next_billing_status(hold.status, BillingEvent::reserve);
  B3_CHECK(next);
  const auto* const entry = post(account, EntryKind::reserve, order.amount, &hold);
  if (entry == nullptr) return not_enough(account, order.amount);
  hold.status = *next;
  hold.reserved = order.amount;
  hold.reserve_seq = entry->seq;
  hold.created_at_ms = entry->created_at_ms;
  holds_.emplace(order.job_id, Hold{std::move(hold), BillingStatus::unbilled});
  return done(account, *next, *entry);
}

LedgerResult LedgerBook::apply_to(LedgerAccount& account, const SettleOrder& order) {
  auto* const hold = hold_of(account, order.job_id);
  if (hold == nullptr) return nothing_reserved(account, order.job_id);
  const auto next = next_billing_status(hold->status, BillingEvent::settle);
  if (!next) return ended_already(account, *hold);
  const auto rest = Amount::subtract(hold->reserved, order.split.charged);
  if (!rest) {
    return Error(ErrorCode::receipt_rejected,
                 fmt::format("The price of {} wei is above the {} that are reserved for the job.",
                             order.split.charged.to_string(), hold->reserved.to_string()));
  }
  const auto rounding = order.split.rounding();
  if (!rounding) {
    return Error(ErrorCode::receipt_rejected,
                 "The node's part and the fee are together more than the price.");
  }
  hold->status = *next;
  hold->receipt_hash = order.receipt_hash;
  hold->debited = order.split.charged;
  const auto* const debit = post(account, EntryKind::debit, order.split.charged, hold);
  B3_CHECK(debit != nullptr);  // what a hold names is reserved
  hold->end_seq = debit->seq;
  hold->ended_at_ms = debit->created_at_ms;
  auto outcome = done(account, *next, *debit);
  if (!rest->is_zero()) {
    B3_CHECK(post(account, EntryKind::release, *rest, hold) != nullptr);
    outcome.reserved = account.reserved;
  }
  LedgerPayout payout;
  payout.id = "pay_" + base::make_ulid(hold->ended_at_ms, random_);
  payout.job_id = hold->job_id;
  payout.node_id = order.node_id;
  payout.split = order.split;
  payout.rounding = *rounding;
  payout.receipt_hash = order.receipt_hash;
  payout.created_at_ms = hold->ended_at_ms;
  outcome.payout_id = payout.id;
  earnings_.insert_or_assign(hold->job_id, Payout{std::move(payout), PayoutStatus::pending, true});
  return outcome;
}

LedgerResult LedgerBook::apply_to(LedgerAccount& account, const ReleaseOrder& order) {
  auto* const hold = hold_of(account, order.job_id);
  if (hold == nullptr) return nothing_reserved(account, order.job_id);
  const auto next = next_billing_status(hold->status, BillingEvent::release);
  if (!next) return ended_already(account, *hold);
  hold->status = *next;
  const auto* const entry = post(account, EntryKind::release, hold->reserved, hold);
  B3_CHECK(entry != nullptr);  // what a hold names is reserved
  hold->end_seq = entry->seq;
  hold->ended_at_ms = entry->created_at_ms;
  return done(account, *next, *entry);
}

LedgerResult LedgerBook::apply_to(LedgerAccount& account, const RefundOrder& order) {
  auto* const hold = hold_of(account, order.job_id);
  if (hold == nullptr) return nothing_reserved(account, order.job_id);
  const auto next = next_billing_status(hold->status, BillingEvent::refund);
  if (!next) return ended_already(account, *hold);
  const auto earning = earnings_.find(order.job_id);
  if (earning == earnings_.end()) {
    return Error(ErrorCode::corrupt, fmt::format("The payout of the settled job {} is missing. Run "
                                                 "`b3iq-control-plane admin ledger verify`.",
                                                 order.job_id));
  }
  auto& paid = earning->second.now;
  const auto* const entry = post(account, EntryKind::refund, hold->debited, hold);
  if (entry == nullptr) {
    return Error(ErrorCode::invalid_request,
                 "With this the balance would pass 2^256-1 wei, the most there can be.");
  }
  hold->status = *next;
  hold->refund_seq = entry->seq;
  LedgerPayout correction = paid;
  correction.id = "pay_" + base::make_ulid(entry->created_at_ms, random_);
  correction.kind = PayoutKind::correction;
  correction.created_at_ms = entry->created_at_ms;
  // A payout that no batch holds yet is not made at all; what a batch holds is taken off the node's
  // next one.
  const auto taken = next_payout_status(paid.status, PayoutEvent::take_back);
  if (taken) paid.status = *taken;
  correction.status =
      paid.status == PayoutStatus::withheld ? PayoutStatus::withheld : PayoutStatus::pending;
  corrections_.push_back(std::move(correction));
  return done(account, *next, *entry);
}

}  // namespace b3iq::control

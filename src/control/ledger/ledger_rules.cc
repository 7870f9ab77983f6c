#include "control/ledger/ledger_rules.h"

#include <fmt/format.h>

namespace b3iq::control {
namespace {

std::string differs(std::string_view what, const Amount& stands, const Amount& expected) {
  return fmt::format("its {} is {}, and {} by what stands before it", what, stands.to_string(),
                     expected.to_string());
}

bool was_debited(const LedgerHold& hold) {
  return hold.status == BillingStatus::settled || hold.status == BillingStatus::refunded;
}

Amount rest_of(const LedgerHold& hold) {
  return Amount::subtract(hold.reserved, hold.debited).value_or(Amount());
}

bool same_split(const LedgerPayout& a, const LedgerPayout& b) {
  return a.split.charged == b.split.charged && a.split.payout == b.split.payout &&
         a.split.fee == b.split.fee && a.rounding == b.rounding && a.node_id == b.node_id;
}

bool is_entry(const LedgerEntry* entry, EntryKind kind, const LedgerHold& hold,
              const Amount& amount) {
  return entry != nullptr && entry->kind == kind && entry->job_id == hold.job_id &&
         entry->amount == amount;
}

}  // namespace

std::string fault_of_entry(LedgerAccount& running, const LedgerEntry& entry) {
  if (entry.seq != running.entries + 1)
    return fmt::format("entry {} is missing before it", running.entries + 1);
  const auto last_at_ms = running.last_at_ms;
  const auto expected = post_entry(running, entry.kind, entry.amount, entry.created_at_ms);
  if (!expected)
    return fmt::format("{} of {} wei does not fit what was there", stored_name(entry.kind),
                       entry.amount.to_string());
  if (entry.balance_after != expected->balance_after)
    return differs("balance", entry.balance_after, expected->balance_after);
  if (entry.reserved_after != expected->reserved_after)
    return differs("reserved amount", entry.reserved_after, expected->reserved_after);
  if (entry.kind_total != expected->kind_total)
    return differs("sum of its kind", entry.kind_total.amount, expected->kind_total.amount);
  if (entry.created_at_ms < last_at_ms) return "it is older than the entry before it";
  return {};
}

std::string fault_of_account(const LedgerAccount& account, const LedgerAccount& running) {
  if (account.entries != running.entries)
    return fmt::format("the account counts {} entries, and {} are there", account.entries,
                       running.entries);
  if (account.balance != running.balance)
    return fmt::format("the account's balance is {}, and its entries add up to {}",
                       account.balance.to_string(), running.balance.to_string());
  if (account.reserved != running.reserved)
    return fmt::format("the account has {} reserved, and its entries add up to {}",
                       account.reserved.to_string(), running.reserved.to_string());
  if (account.totals != running.totals)
    return "the account's sums by kind are not those of its entries";
  return {};
}

std::string fault_of_job_entry(const LedgerEntry& entry, const LedgerHold* hold) {
  if (hold == nullptr) return fmt::format("the job {} has no hold", entry.job_id);
  if (hold->account_id != entry.account_id)
    return fmt::format("the hold of the job {} is of another account", entry.job_id);
  const auto fits = [&](std::int64_t seq, const Amount& amount) {
    return entry.seq == seq && entry.amount == amount;
  };
  bool right = false;
  switch (entry.kind) {
    case EntryKind::reserve:
      right = fits(hold->reserve_seq, hold->reserved);
      break;
    case EntryKind::debit:
      right = was_debited(*hold) && fits(hold->end_seq, hold->debited);
      break;
    case EntryKind::release:
      right = was_debited(*hold)
                  ? fits(hold->end_seq + 1, rest_of(*hold))
                  : hold->status == BillingStatus::released && fits(hold->end_seq, hold->reserved);
      break;
    case EntryKind::refund:
      right = hold->status == BillingStatus::refunded && fits(hold->refund_seq, hold->debited);
      break;
    case EntryKind::credit:
    case EntryKind::adjustment_up:
    case EntryKind::adjustment_down:
      break;
  }
  if (right) return {};
  return fmt::format("{} of {} wei is not what the hold of the job {} ({}) says",
                     stored_name(entry.kind), entry.amount.to_string(), entry.job_id,
                     wire_name(hold->status));
}

std::string fault_of_payout(const LedgerEntry& entry, const LedgerPayout* earning,
                            const LedgerPayout* correction) {
  if (earning == nullptr) return fmt::format("the debited job {} has no payout row", entry.job_id);
  if (earning->split.charged != entry.amount)
    return fmt::format("the payout row {} divides {} wei and not these {}", earning->id,
                       earning->split.charged.to_string(), entry.amount.to_string());
  if (earning->split.rounding() != earning->rounding)
    return fmt::format("the parts of the payout row {} are not its whole", earning->id);
  if (entry.kind != EntryKind::refund) return {};
  if (correction == nullptr)
    return fmt::format("the refunded job {} has no correction", entry.job_id);
  if (!same_split(*earning, *correction))
    return fmt::format("the correction {} does not take back what {} gave", correction->id,
                       earning->id);
  return {};
}

std::string fault_of_hold(const LedgerHold& hold, const HoldEntries& entries) {
  if (!is_entry(entries.reserve, EntryKind::reserve, hold, hold.reserved))
    return "the entry that reserved for it is missing";
  if (hold.status == BillingStatus::unbilled) return "it is unbilled, and a hold never is";
  if (hold.status == BillingStatus::released &&
      !is_entry(entries.end, EntryKind::release, hold, hold.reserved))
    return "it is released, and the entry is missing";
  if (!was_debited(hold)) return {};
  if (!is_entry(entries.end, EntryKind::debit, hold, hold.debited))
    return "it is settled, and the debit is missing";
  if (!rest_of(hold).is_zero() && !is_entry(entries.rest, EntryKind::release, hold, rest_of(hold)))
    return "it is settled, and its rest was not released";
  if (hold.status == BillingStatus::refunded &&
      !is_entry(entries.refund, EntryKind::refund, hold, hold.debited))
    return "it is refunded, and the entry is missing";
  return {};
}

std::string fault_of_payout_row(const LedgerPayout& payout, const LedgerHold* hold) {
  if (payout.split.rounding() != payout.rounding) return "its parts are not its whole";
  if (hold == nullptr) return fmt::format("its job {} has no hold", payout.job_id);
  const bool stands = payout.kind == PayoutKind::earning ? was_debited(*hold)
                                                         : hold->status == BillingStatus::refunded;
  if (!stands) return fmt::format("its job {} is {}", payout.job_id, wire_name(hold->status));
  if (payout.split.charged != hold->debited)
    return fmt::format("it divides {} wei, and {} were debited", payout.split.charged.to_string(),
                       hold->debited.to_string());
  return {};
}

}  // namespace b3iq::control

#include "control/customers/ledger_json.h"

#include "base/clock.h"

namespace b3iq::control {
namespace {

void write_or_null(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
}

}  // namespace

void write_account_members(json::Writer& w, const LedgerAccount& account) {
  w.member("balance_wei", account.balance.to_string());
  w.member("reserved_wei", account.reserved.to_string());
  w.member("available_wei", account.available().to_string());
}

void write_entry(json::Writer& w, const LedgerEntry& entry) {
  w.begin_object();
  w.member("entry_id", entry.id);
  write_or_null(w, "private_job_id", entry.job_id);
  write_or_null(w, "receipt_hash", entry.receipt_hash);
  w.member("kind", wire_name(entry.kind));
  w.member("direction", wire_name(direction_of(entry.kind)));
  w.member("amount_wei", entry.amount.to_string());
  w.member("balance_after_wei", entry.balance_after.to_string());
  w.member("reserved_after_wei", entry.reserved_after.to_string());
  w.member("created_at", base::format_rfc3339(entry.created_at_ms));
  w.end_object();
}

void write_kind_total(json::Writer& w, EntryKind kind, const KindTotal& total) {
  w.begin_object();
  w.member("kind", wire_name(kind));
  w.member("direction", wire_name(direction_of(kind)));
  w.member("count", total.entries);
  w.member("amount_wei", total.amount.to_string());
  w.end_object();
}

}  // namespace b3iq::control

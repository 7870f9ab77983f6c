// How the ledger looks to its customer and to operators.
#pragma once

#include "control/ledger/ledger_types.h"
#include "json/json.h"

namespace b3iq::control {

// balance_wei, reserved_wei, available_wei: members of an object.
void write_account_members(json::Writer& w, const LedgerAccount& account);
void write_entry(json::Writer& w, const LedgerEntry& entry);
// {"kind","direction","count","amount_wei"}
void write_kind_total(json::Writer& w, EntryKind kind, const KindTotal& total);

}  // namespace b3iq::control

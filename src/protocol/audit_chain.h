// Hash-chained audit entries: who did what to what, in an order that cannot be changed unseen. Each
// entry's hash covers the hash before it, so an entry that was changed, removed, put in or swapped
// later breaks the chain from there on. What a chain alone cannot show is the loss of its newest
// entries: whoever wants that keeps the head.
//
//   entry hash = SHA-256(JCS({"act","actor","at_ms","previous_hash","seq","subject",
//                             "type":"b3iq-audit-entry-v1"}))
//   previous_hash of entry 1 = 64 zeros
//
// An exported log is checked with these rules by anybody: docs/protocol/audit-log.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/sha256.h"

namespace b3iq::protocol {

// Who did what to what. Never a secret, and never what a stranger typed as a name or a password.
struct AuditAct {
  std::string actor;     // an id or a fixed word
  std::string_view act;  // "owner.claimed"; static storage
  std::string subject;   // the id of what it was done to; "" for none
};

struct AuditEntry {
  std::int64_t seq = 0;  // 1, 2, 3 … without a gap
  std::int64_t at_ms = 0;
  std::string actor;
  std::string act;
  std::string subject;
  crypto::Sha256Digest previous_hash{};  // zeros in the first entry
  crypto::Sha256Digest hash{};
};

struct AuditState {
  std::int64_t entries = 0;
  crypto::Sha256Digest head{};        // hash of the newest entry
  std::int64_t first_broken_seq = 0;  // 0: the chain holds
};

crypto::Sha256Digest audit_entry_hash(const AuditEntry& entry);

// The entry that follows one with this number and hash (0 and zeros: the first).
AuditEntry next_audit_entry(std::int64_t seq, const crypto::Sha256Digest& head, std::int64_t at_ms,
                            const AuditAct& act);

// Takes the next stored entry, oldest first, and judges it. A gap breaks the chain at the entry
// behind it.
void check_audit_entry(AuditState& state, const AuditEntry& entry);

}  // namespace b3iq::protocol

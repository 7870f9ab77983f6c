#include "protocol/audit_chain.h"

#include "base/bytes.h"
#include "json/json.h"

namespace b3iq::protocol {

// Canonical JSON (RFC 8785): the members stand in order.
crypto::Sha256Digest audit_entry_hash(const AuditEntry& entry) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("act", entry.act);
  w.member("actor", entry.actor);
  w.member("at_ms", entry.at_ms);
  w.member("previous_hash", base::to_hex(entry.previous_hash));
  w.member("seq", entry.seq);
  w.member("subject", entry.subject);
  w.member("type", "b3iq-audit-entry-v1");
  w.end_object();
  return crypto::sha256(base::as_bytes(text));
}

AuditEntry next_audit_entry(std::int64_t seq, const crypto::Sha256Digest& head, std::int64_t at_ms,
                            const AuditAct& act) {
  AuditEntry entry{seq + 1, at_ms, act.actor, std::string(act.act), act.subject, head, {}};
  entry.hash = audit_entry_hash(entry);
  return entry;
}

void check_audit_entry(AuditState& state, const AuditEntry& entry) {
  const bool holds = entry.seq == state.entries + 1 && entry.previous_hash == state.head &&
                     audit_entry_hash(entry) == entry.hash;
  if (!holds && state.first_broken_seq == 0) state.first_broken_seq = entry.seq;
  ++state.entries;
  state.head = entry.hash;
}

}  // namespace b3iq::protocol

#include "control/audit/audit_trail.h"

#include "base/bytes.h"
#include "control/audit/audit_trail_store.h"
#include "json/json.h"

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;

Task<Status> AuditLog::append(storage::Transaction& tx, const AuditAct& act) const {
  AuditHead head;
  CO_TRY_OK(co_await take_audit_number(tx, head));
  const auto entry = protocol::next_audit_entry(head.seq - 1, head.hash, clock_.wall_ms(), act);
  co_return co_await insert_audit_entry(tx, entry);
}

Task<Result<std::vector<AuditEntry>>> AuditLog::newest(std::int64_t before_seq,
                                                       std::int64_t limit) const {
  std::vector<AuditEntry> entries;
  const auto before = before_seq > 0 ? before_seq : std::numeric_limits<std::int64_t>::max();
  auto body = [&entries, before, limit](storage::Transaction& tx) {
    entries.clear();
    return select_audit_before(tx, before, limit, entries);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return entries;
}

Task<Result<std::vector<AuditEntry>>> AuditLog::oldest(std::int64_t after_seq,
                                                       std::int64_t limit) const {
  std::vector<AuditEntry> entries;
  auto body = [&entries, after_seq, limit](storage::Transaction& tx) {
    entries.clear();
    return select_audit_after(tx, after_seq, limit, entries);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return entries;
}

Task<Result<AuditVerdict>> AuditLog::verify() const {
  AuditVerdict verdict;
  AuditHead head;
  std::int64_t after = 0;
  std::vector<AuditEntry> entries;
  do {
    // The head is read beside each piece: the last one's is of the same moment as the last entry.
    auto body = [&](storage::Transaction& tx) -> Task<Status> {
      entries.clear();
      CO_TRY_OK(co_await select_audit_after(tx, after, kMaxAuditPage, entries));
      co_return co_await select_audit_head(tx, head);
    };
    CO_TRY_OK(co_await database_.read(std::move(body)));
    for (const auto& entry : entries) {
      protocol::check_audit_entry(verdict.chain, entry);
      after = entry.seq;
    }
  } while (std::ssize(entries) == kMaxAuditPage);
  verdict.head_seq = head.seq;
  if (verdict.chain.first_broken_seq != 0) {
    verdict.first_broken_seq = verdict.chain.first_broken_seq;
    verdict.fault = "this entry is not what was appended after the one before it";
  } else if (head.seq > after) {
    verdict.first_broken_seq = after + 1;
    verdict.fault = "entries are missing from here to the head";
  } else if (head.seq != after || head.hash != verdict.chain.head) {
    verdict.first_broken_seq = after;
    verdict.fault = "the head is of another chain than this newest entry";
  }
  co_return verdict;
}

void append_audit_line(std::string& out, const AuditEntry& entry) {
  json::Writer w(out);
  w.begin_object();
  w.member("seq", entry.seq);
  w.member("at", base::format_rfc3339(entry.at_ms));
  w.member("at_ms", entry.at_ms);
  w.member("actor", entry.actor);
  w.member("act", entry.act);
  w.member("subject", entry.subject);
  w.member("previous_hash", base::to_hex(entry.previous_hash));
  w.member("hash", base::to_hex(entry.hash));
  w.end_object();
}

}  // namespace b3iq::control

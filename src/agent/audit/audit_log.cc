#include "agent/audit/audit_log.h"

#include <limits>

#include "agent/audit/audit_store.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;

Task<Status> AuditLog::append(storage::Transaction& tx, const AuditAct& act) const {
  AuditEntry head;
  CO_TRY_OK(co_await select_audit_head(tx, head));
  const auto entry = protocol::next_audit_entry(head.seq, head.hash, clock_.wall_ms(), act);
  co_return co_await insert_audit_entry(tx, entry);
}

void AuditLog::note(AuditAct act) {
  ++notes_under_way_;
  base::detach(write_note(std::move(act)));
}

Task<void> AuditLog::write_note(AuditAct act) {
  auto body = [this, &act](storage::Transaction& tx) { return append(tx, act); };
  const auto written = co_await database_.write(std::move(body));
  --notes_under_way_;
  if (!written.ok()) {
    ++notes_lost_;
    base::log(base::LogLevel::error, "audit.lost",
              {{"act", act.act}, {"error", std::string_view(written.error().detail)}});
  }
}

// The writer takes work in order: an empty piece behind the notes is done after them.
Task<Status> AuditLog::noted() const {
  const auto lost_before = notes_lost_;
  auto nothing = [](storage::Transaction&) -> Task<Status> { co_return Status(); };
  const auto written = co_await database_.write(std::move(nothing));
  if (written.ok() && notes_lost_ == lost_before) co_return Status();
  co_return base::Error(base::ErrorCode::storage_failed,
                        "It was done, but the audit log could not be written. Free some disk "
                        "space, and look at the node's log: it holds the act.");
}

Task<Result<std::vector<AuditEntry>>> AuditLog::list(std::int64_t before_seq,
                                                     std::int64_t limit) const {
  std::vector<AuditEntry> entries;
  const auto before = before_seq > 0 ? before_seq : std::numeric_limits<std::int64_t>::max();
  auto body = [&entries, before, limit](storage::Transaction& tx) {
    entries.clear();
    return select_audit_entries(tx, before, limit, entries);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return entries;
}

Task<Result<AuditState>> AuditLog::verify() const {
  AuditState state;
  auto body = [&state](storage::Transaction& tx) {
    state = {};
    return visit_audit_entries(
        tx, [&state](const AuditEntry& entry) { protocol::check_audit_entry(state, entry); });
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return state;
}

}  // namespace b3iq::agent

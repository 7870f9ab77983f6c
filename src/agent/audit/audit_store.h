// The SQL of the audit log.
#pragma once

#include "agent/audit/audit_log.h"

namespace b3iq::agent {

// Each runs inside the caller's transaction.
base::Task<base::Status> insert_audit_entry(storage::Transaction& tx, const AuditEntry& entry);
// The newest entry; seq 0 when there is none.
base::Task<base::Status> select_audit_head(storage::Transaction& tx, AuditEntry& out);
base::Task<base::Status> select_audit_entries(storage::Transaction& tx, std::int64_t before_seq,
                                              std::int64_t limit, std::vector<AuditEntry>& out);
// All of them, oldest first.
base::Task<base::Status> visit_audit_entries(storage::Transaction& tx,
                                             base::UniqueFunction<void(const AuditEntry&)> visit);

}  // namespace b3iq::agent

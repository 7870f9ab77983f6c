// The SQL of support grants.
#pragma once

#include <vector>

#include "agent/auth/support_grant_types.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

// Each runs inside the caller's transaction.
base::Task<base::Status> insert_grant(storage::Transaction& tx, const SupportGrant& grant);
base::Task<base::Status> mark_grant_revoked(storage::Transaction& tx, std::string_view id,
                                            std::int64_t at_ms);
base::Task<base::Status> select_grants(storage::Transaction& tx, std::vector<SupportGrant>& out);

}  // namespace b3iq::agent

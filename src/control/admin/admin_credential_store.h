// The SQL of admin credentials. Each runs inside the caller's transaction.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/admin/admin_credential_types.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> insert_credential(storage::Transaction& tx,
                                           const AdminCredential& credential);
// Rows changed: 0 when there is none, or it was revoked before.
base::Task<base::Result<std::int64_t>> mark_credential_revoked(storage::Transaction& tx,
                                                               std::string_view id,
                                                               std::int64_t at_ms);
base::Task<base::Status> select_credential(storage::Transaction& tx, std::string_view id,
                                           std::optional<AdminCredential>& out);
base::Task<base::Status> select_credential_by_hash(storage::Transaction& tx,
                                                   const crypto::Sha256Digest& hash,
                                                   std::optional<AdminCredential>& out);
// One that may be used now.
base::Task<base::Status> select_usable_credential_by_name(storage::Transaction& tx,
                                                          std::string_view name,
                                                          std::int64_t now_ms,
                                                          std::optional<AdminCredential>& out);
// Usable ones, of one role or (nullopt) of all.
base::Task<base::Status> count_usable_credentials(storage::Transaction& tx,
                                                  std::optional<AdminRole> role,
                                                  std::int64_t now_ms, std::int64_t& out);
// Newest first; those before `before_id` ("": from the newest).
base::Task<base::Status> select_credentials(storage::Transaction& tx, std::string_view before_id,
                                            std::int64_t limit, std::vector<AdminCredential>& out);

}  // namespace b3iq::control

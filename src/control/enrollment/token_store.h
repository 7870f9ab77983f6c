// The SQL of enrollment tokens. Each function runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/enrollment/enrollment_types.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> insert_token(storage::Transaction& tx, const EnrollmentToken& token,
                                      const crypto::Sha256Digest& hash);
base::Task<base::Status> select_token(storage::Transaction& tx, std::string_view id,
                                      EnrollmentToken& out, bool& found);
base::Task<base::Status> select_token_by_hash(storage::Transaction& tx,
                                              const crypto::Sha256Digest& hash,
                                              EnrollmentToken& out, bool& found);
// Newest first.
base::Task<base::Status> select_tokens(storage::Transaction& tx, const TokenQuery& query,
                                       std::vector<EnrollmentToken>& out);
base::Task<base::Status> count_usable_tokens(storage::Transaction& tx, std::int64_t now_ms,
                                             std::int64_t& out);
// False in `done` when it was used or revoked before.
base::Task<base::Status> mark_token_revoked(storage::Transaction& tx, std::string_view id,
                                            std::int64_t at_ms, bool& done);
// The one statement that uses a token up; of any number at once one gets true in `done`. False also
// for one that was revoked or has expired.
base::Task<base::Status> use_token(storage::Transaction& tx, std::string_view id,
                                   std::string_view node_id, std::int64_t at_ms, bool& done);
// Forgets tokens that expired before `before_ms`, used or not.
base::Task<base::Status> delete_tokens(storage::Transaction& tx, std::int64_t before_ms,
                                       std::int64_t limit);

}  // namespace b3iq::control

// The SQL of local keys and their use.
#pragma once

#include <string>
#include <vector>

#include "agent/auth/local_key_types.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

struct KeyUsageRow {
  std::string key_id;
  std::int64_t day = 0;  // days since 1970-01-01 UTC
  std::string model_id;
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

// Each runs inside the caller's transaction.
base::Task<base::Status> insert_key(storage::Transaction& tx, const LocalKey& key);
base::Task<base::Status> mark_key_revoked(storage::Transaction& tx, std::string_view id,
                                          std::int64_t at_ms);
base::Task<base::Status> touch_key(storage::Transaction& tx, std::string_view id,
                                   std::int64_t at_ms);
base::Task<base::Status> add_usage(storage::Transaction& tx, const KeyUsageRow& delta);
base::Task<base::Status> select_keys(storage::Transaction& tx, std::vector<LocalKey>& out);
base::Task<base::Status> select_usage(storage::Transaction& tx, std::int64_t from_day,
                                      std::vector<KeyUsageRow>& out);

}  // namespace b3iq::agent

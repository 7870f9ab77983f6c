// The SQL of node_validity: when a node's signatures counted. What it signed stays good for the
// time in which it was enrolled, and is good for no other. Each function runs inside the caller's
// transaction.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/task.h"
#include "base/unique_function.h"
#include "storage/database.h"

namespace b3iq::control {

base::Task<base::Status> begin_validity(storage::Transaction& tx, std::string_view node_id,
                                        std::int64_t at_ms);
// Where it has ended already, nothing changes.
base::Task<base::Status> end_validity(storage::Transaction& tx, std::string_view node_id,
                                      std::int64_t at_ms);

struct ValidityPeriod {
  std::string_view node_id;  // until the callback returns
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;  // 0: still
};
// Calls `each` for every period of these nodes.
base::Task<base::Status> select_validity(storage::Transaction& tx,
                                         std::span<const std::string_view> node_ids,
                                         base::UniqueFunction<void(const ValidityPeriod&)>& each);

}  // namespace b3iq::control

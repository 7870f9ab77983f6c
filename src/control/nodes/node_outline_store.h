// The SQL of what the public API reads of nodes: one statement for a page, however long, and none
// that writes.
#pragma once

#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/nodes/node_types.h"
#include "storage/database.h"

namespace b3iq::control {

// By node id, those after `after_id` ("" from the first), at most `limit`. Without removed ones.
base::Task<base::Status> select_node_outlines(storage::Transaction& tx, std::string_view after_id,
                                              std::int64_t limit, std::vector<NodeOutline>& out);
// False in `found` when there is no such node, or it was removed.
base::Task<base::Status> select_node_outline(storage::Transaction& tx, std::string_view node_id,
                                             NodeOutline& out, bool& found);
// How many models some node offers that is enrolled and online.
base::Task<base::Status> select_models_offered(storage::Transaction& tx, std::int64_t now_ms,
                                               std::int64_t& out);

}  // namespace b3iq::control

// Rows that hold one JSON document each: models and jobs are kept so.
#pragma once

#include <string>
#include <vector>

#include "storage/database.h"

namespace b3iq::agent {

// The first column of every row of `select`. Before the loop runs; blocks.
base::Result<std::vector<std::string>> load_documents(storage::Database& database,
                                                      const storage::Statement& select);

// Runs one statement in a transaction of its own; durable when it returns. `texts` are its
// parameters, in order.
base::Task<base::Status> write_row(storage::Database& database, const storage::Statement& statement,
                                   std::vector<std::string> texts);

}  // namespace b3iq::agent

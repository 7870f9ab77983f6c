// The SQL of sealed requests that were opened.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/task.h"
#include "crypto/x25519.h"
#include "storage/database.h"

namespace b3iq::agent {

// The newest that are kept, about 100 bytes each; an older one would be opened again. The control
// plane refuses a replay too, and forgets none.
inline constexpr std::int64_t kMaxOpenedJobs = 1'000'000;

// Inside the caller's transaction. Keeps the newest `most`. Error: envelope_replayed when a request
// of this client key, or of this job, was opened before.
base::Task<base::Status> insert_opened_job(storage::Transaction& tx,
                                           const crypto::X25519PublicKey& client_key,
                                           std::string_view job_id, std::int64_t most);

}  // namespace b3iq::agent

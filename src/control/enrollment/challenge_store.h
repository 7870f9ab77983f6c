// The SQL of enrollment challenges. Each function runs inside the caller's transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "protocol/messages/enrollment.h"
#include "storage/database.h"

namespace b3iq::control {

struct StoredChallenge {
  protocol::ChallengeId id;
  std::string token_id;  // "" for an enrolled node that enrolls again
  protocol::NodeId node_id;
  crypto::Ed25519PublicKey public_key;
  protocol::ChallengeNonce nonce{};
  std::int64_t expires_at_ms = 0;
  // Of the statement that used it.
  std::optional<std::int64_t> used_at_ms;
  crypto::Sha256Digest statement_digest{};
};

base::Task<base::Status> insert_challenge(storage::Transaction& tx,
                                          const StoredChallenge& challenge);
base::Task<base::Status> select_challenge(storage::Transaction& tx, std::string_view id,
                                          StoredChallenge& out, bool& found);
// That have not expired, of one token (or of one node, when they have none).
base::Task<base::Status> count_challenges(storage::Transaction& tx,
                                          const StoredChallenge& challenge, std::int64_t now_ms,
                                          std::int64_t& out);
// Deletes `count` of those, the oldest first, and those that were used behind all others.
base::Task<base::Status> drop_challenges(storage::Transaction& tx, const StoredChallenge& challenge,
                                         std::int64_t now_ms, std::int64_t count);
// The one statement that uses a challenge up. False in `done` when it was used or has expired.
base::Task<base::Status> use_challenge(storage::Transaction& tx, std::string_view id,
                                       const crypto::Sha256Digest& statement_digest,
                                       std::int64_t at_ms, bool& done);
base::Task<base::Status> delete_challenges(storage::Transaction& tx, std::int64_t before_ms,
                                           std::int64_t limit);

}  // namespace b3iq::control

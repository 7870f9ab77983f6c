// Local keys: create, list, revoke, find by secret. The whole set is held in memory (a node has
// tens of keys); the database is the truth at start and after every change. Loop thread only, but
// for load().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/auth/key_state.h"
#include "agent/auth/local_key_store.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "crypto/secret.h"
#include "storage/database.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxLocalKeys = 10'000;  // revoked ones included

struct CreatedKey {
  LocalKey key;
  crypto::Secret secret;  // shown once; only its hash is kept
};

class LocalKeyService {
 public:
  LocalKeyService(storage::Database& database, const AuditLog& audit, const base::Clock& clock,
                  base::Random& random)
      : database_(database), audit_(audit), clock_(clock), random_(random) {}

  // Reads keys and their use. Before the loop runs; blocks.
  base::Status load();

  // `actor`: who does it, for the audit log.
  base::Task<base::Result<CreatedKey>> create(KeySpec spec, std::string actor);
  // `id_or_name` names exactly one key; revoking twice changes nothing. Effective for new calls
  // when it returns, and for running streams at their next event.
  base::Task<base::Result<LocalKey>> revoke(std::string id_or_name, std::string actor);
  std::vector<LocalKey> list() const;
  // By id, whatever became of it; null when there was never one.
  const LocalKey* find(std::string_view id) const;

  // The key of a secret that is active now. Errors: unauthorized (one text for all unknown
  // secrets), key_revoked, key_expired. Lookup is by hash alone.
  base::Result<std::shared_ptr<KeyState>> authenticate(std::string_view secret) const;

  // The id of the key with this secret, whether it may be used or not; "" for none.
  std::string_view id_of(std::string_view secret) const;

  // For the receipt log: when a key was last used, kept for list().
  void note_use(KeyState& state, std::int64_t at_ms) { state.key.last_used_at_ms = at_ms; }

 private:
  struct HashOfHash {
    std::size_t operator()(const SecretHash& hash) const;
  };
  std::shared_ptr<KeyState> hold(LocalKey key);

  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  std::unordered_map<SecretHash, std::shared_ptr<KeyState>, HashOfHash> by_hash_;
  std::unordered_map<std::string, std::shared_ptr<KeyState>> by_id_;
  std::unordered_map<std::string, std::shared_ptr<UsageMeter>> meter_of_user_;
};

}  // namespace b3iq::agent

#include "agent/local_api/cache_partition.h"

#include "crypto/hmac.h"

namespace b3iq::agent {

CachePartitions::CachePartitions()
    : secret_(crypto::SecretBytes<32>::random(base::system_random())) {}

// The first part keeps a user's name from being taken for a key's id or the owner's.
std::string CachePartitions::make(std::string_view what, std::string_view who) const {
  return base::to_base64url(
      crypto::hmac_sha256(secret_.reveal(), {base::as_bytes(what), base::as_bytes(who)}));
}

std::string_view CachePartitions::of(const Principal& principal) {
  if (principal.key == nullptr) {
    const auto account = principal.account();
    const auto kept = owners_.find(account);
    if (kept != owners_.end()) return kept->second;
    return owners_.emplace(account, make("owner:", account)).first->second;
  }
  auto& kept = principal.key->cache_partition;
  if (kept.empty()) {
    const auto& user = principal.key->key.spec.user;
    kept = user.empty() ? make("key:", principal.account()) : make("user:", user);
  }
  return kept;
}

}  // namespace b3iq::agent

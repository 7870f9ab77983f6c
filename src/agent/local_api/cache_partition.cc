#include "agent/local_api/cache_partition.h"

#include "crypto/hmac.h"

namespace b3iq::agent {

CachePartitions::CachePartitions()
    : secret_(crypto::SecretBytes<32>::random(base::system_random())) {}

std::string CachePartitions::of(const Principal& principal) const {
  // The first part keeps a user's name from being taken for a key's id or the owner's.
  std::string_view what = "owner:";
  std::string_view who = principal.account();
  if (principal.key != nullptr) {
    const auto& user = principal.key->key.spec.user;
    what = user.empty() ? "key:" : "user:";
    if (!user.empty()) who = user;
  }
  return base::to_base64url(
      crypto::hmac_sha256(secret_.reveal(), {base::as_bytes(what), base::as_bytes(who)}));
}

}  // namespace b3iq::agent

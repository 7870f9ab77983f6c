// Whose prompts may share a runtime's prefix cache. A prompt that somebody sent before is answered
// faster, and usage.prompt_tokens_details.cached_tokens says so: across accounts that would tell a
// caller what others ask. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agent/auth/local_auth.h"
#include "crypto/secret.h"

namespace b3iq::agent {

class CachePartitions {
 public:
  // With a secret that lives as long as this: after a restart every partition has another name.
  CachePartitions();
  // The name of the caller's partition: 43 characters of base64url that say nothing of who it is.
  // Keys of one user share one, every other key has its own, so has the operator and the owner.
  // Made at the first call; lives as long as the key, or as this.
  std::string_view of(const Principal& principal);

 private:
  std::string make(std::string_view what, std::string_view who) const;

  crypto::SecretBytes<32> secret_;
  std::map<std::string, std::string, std::less<>> owners_;  // by account
};

}  // namespace b3iq::agent

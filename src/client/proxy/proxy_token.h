// The proxy's own bearer token: b3iq_proxy_…, in a file of mode 0600, made at the first start.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret.h"
#include "http/message.h"

namespace b3iq::client {

inline constexpr std::string_view kProxyTokenPrefix = "b3iq_proxy_";

struct ProxyToken {
  crypto::Secret secret;
  bool is_new = false;  // to be shown this once
};
// Errors: file_failed; corrupt when the file holds something else.
base::Result<ProxyToken> load_proxy_token(const std::string& path, base::Random& random);

// Who has the token may use the routes.
class ProxyAuth {
 public:
  struct Principal {};
  static constexpr std::string_view kLevel = "proxy_token";

  explicit ProxyAuth(const crypto::Secret& token);
  // Errors: unauthorized.
  base::Result<Principal> authenticate(const http::Request& request) const;

 private:
  crypto::SecretBytes<32> hash_;
};

}  // namespace b3iq::client

// The two halves of a browser's session. The cookie is HttpOnly, but cookies know no ports: every
// other server on the same host name gets it too. So it opens nothing without the second half,
// which the page keeps in its own origin's storage and sends as a header; that also ends cross-site
// requests (docs/adr/0013).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/secret.h"
#include "http/message.h"

namespace b3iq::agent {

inline constexpr std::string_view kPageTokenHeader = "x-b3iq-session";

// Names carry the start of the node's id: two nodes on one host do not overwrite each other's.
struct CookieNames {
  std::string session;
  std::string browser;
};
CookieNames cookie_names(std::string_view node_id);

// The value of a cookie of the request; nothing when it is absent, or there more than once.
std::optional<std::string_view> cookie_value(const http::Request& request, std::string_view name);
// A Set-Cookie value: HttpOnly, SameSite=Strict, Path=/, Secure over TLS.
std::string set_cookie(std::string_view name, std::string_view value, std::int64_t max_age_s,
                       bool tls);
std::string clear_cookie(std::string_view name, bool tls);

}  // namespace b3iq::agent

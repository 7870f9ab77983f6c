// The address of a file, and what a redirect makes of it (RFC 3986 section 5.2). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxUrlBytes = 8 * 1024;

struct DownloadUrl {
  http::Origin origin;  // without a prefix
  std::string target;   // "/path?query", with nothing that must be escaped

  // scheme://host[:port]/path: for messages and logs. The query may hold a signature.
  std::string place() const;
};

// What the owner or the catalogue wrote. Error: invalid_request with param "url".
base::Result<DownloadUrl> parse_download_url(std::string_view url);

// Where an answer of `from` sends us. Error: download_refused: no URL, not http(s), user
// information, or from https to http.
base::Result<DownloadUrl> resolve_redirect(const DownloadUrl& from, std::string_view location);

}  // namespace b3iq::agent

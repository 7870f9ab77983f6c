// What a server's refusal, or the network's, means for a download, and what the owner can do about
// it. An error of the code download_failed is worth another try; no other is. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/downloads/download_url.h"
#include "base/error.h"

namespace b3iq::agent {

struct RefusedStatus {
  int status = 0;
  std::optional<std::string_view> retry_after;  // the header
};

//   408 425 429 5xx    download_failed, with Retry-After, at most `max_retry_after_ms`
//   401 403            download_refused: gated models
//   404 410            download_refused: moved or removed
//   the rest           download_refused
base::Error status_error(const DownloadUrl& url, const RefusedStatus& refused, std::int64_t wall_ms,
                         std::int64_t max_retry_after_ms);

// An error of http::Client: `cancelled` stays what it is; a certificate that is not trusted is
// download_refused, which waiting does not change; the others are download_failed.
base::Error network_error(const DownloadUrl& url, const base::Error& error);

// What cannot be trusted in an answer.
base::Error answer_refused(const DownloadUrl& url, std::string_view why);

}  // namespace b3iq::agent

// GET of a small document from the owner's release server: bounded in size and time, no redirects.
#pragma once

#include <cstdint>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::agent {

struct ManifestFetch {
  std::string url;
  std::size_t max_bytes = 0;
  std::int64_t deadline_ms = 0;  // for all of it
  std::uint16_t own_port = 0;    // this node's listener: never dialled
};

// On the loop. Errors: deadline_exceeded; download_failed for the network and for a server in
// trouble; download_refused for a redirect, any other status and an answer that is too long;
// cancelled.
base::Task<base::Result<std::string>> fetch_manifest(http::EventLoop& loop, ManifestFetch fetch,
                                                     base::CancelToken cancel);

}  // namespace b3iq::agent

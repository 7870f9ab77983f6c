// GET over redirects, which http::Client never follows: each hop is looked at again.
#pragma once

#include <memory>
#include <vector>

#include "agent/downloads/download_types.h"
#include "agent/downloads/download_url.h"
#include "agent/downloads/hop_guard.h"
#include "base/cancel.h"
#include "base/result.h"
#include "base/task.h"
#include "http/client.h"
#include "http/event_loop.h"

namespace b3iq::agent {

inline constexpr int kMaxRedirects = 5;

struct DownloadAnswer {
  std::unique_ptr<http::ClientResponse> response;
  DownloadUrl url;  // of the hop that gave it
};

// One loop; one request at a time.
class RedirectingClient {
 public:
  RedirectingClient(http::EventLoop& loop, const DownloadLimits& limits,
                    const DownloadNetwork& network);

  // Any answer that is no redirect. `headers` go to every hop. Errors: cancelled; download_failed
  // for the network; download_refused for a redirect or an address that is not followed.
  base::Task<base::Result<DownloadAnswer>> get(DownloadUrl url,
                                               std::vector<http::HeaderView> headers,
                                               base::CancelToken cancel);

 private:
  std::shared_ptr<HopGuard> guard_;
  http::Client client_;
};

}  // namespace b3iq::agent

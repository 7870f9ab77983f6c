// What the proxy answers: the part of OpenAI's API that a chat client uses, each chat a private
// job. One loop's thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "client/home/customer_home.h"
#include "client/jobs/customer_jobs.h"
#include "client/proxy/failed_nodes.h"
#include "client/proxy/proxy_token.h"
#include "http/router.h"
#include "protocol/private/private_request.h"

namespace b3iq::client {

inline constexpr int kMaxProxyJobs = 64;  // at once; more are told to come again
inline constexpr std::size_t kMaxProxyBodyBytes = protocol::kMaxPrivateRequestBytes;

// A stream's header goes out after so long where nothing came before: until then what goes wrong
// has a status of its own.
inline constexpr std::int64_t kHeaderAfterMs = 5'000;
inline constexpr std::int64_t kKeepAliveMs = 15'000;

struct ProxyRules {
  NodeWish wish;
  std::int64_t timeout_ms = 600'000;  // of a job, from the request to its answer
  std::string evidence_folder;        // "": what proves a job is not kept
  std::int64_t header_after_ms = kHeaderAfterMs;
  std::int64_t keep_alive_ms = kKeepAliveMs;
};

class ChatJob;

class ProxyRoutes {
 public:
  // All outlive it.
  ProxyRoutes(CustomerJobs& jobs, CustomerApi& api, ProxyAuth& auth, const base::Clock& clock,
              ProxyRules rules)
      : jobs_(jobs), api_(api), auth_(auth), clock_(clock), rules_(std::move(rules)) {}

  void add_to(http::Router& router);
  // Jobs that are open, those too that nobody reads any more.
  int open() const { return open_; }

 private:
  base::Task<base::Result<http::Response>> models(http::Request& request);
  base::Task<base::Result<http::Response>> chat(http::Request& request);
  base::Task<base::Result<http::Response>> chat_whole(const JobOrder& order,
                                                      http::Request& request);
  base::Task<base::Result<http::Response>> chat_streamed(JobOrder order, http::Request& request);
  // Waits for the job's beginning or end, not longer than a client waits for a header.
  base::Task<void> begun_or_late(ChatJob& job);
  base::Task<base::Result<StartedAnswer>> run(const JobOrder& order, Tried& tried,
                                              base::CancelToken cancel);
  void keep(const JobEvidence& evidence) const;

  CustomerJobs& jobs_;
  CustomerApi& api_;
  ProxyAuth& auth_;
  const base::Clock& clock_;
  ProxyRules rules_;
  FailedNodes failed_;
  int open_ = 0;
  http::Public public_;
};

http::Response proxy_error(const base::Error& error, const http::Request& request);

}  // namespace b3iq::client

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

struct ProxyRules {
  NodeWish wish;
  std::int64_t timeout_ms = 600'000;  // of a job, from the request to its answer
  std::string evidence_folder;        // "": what proves a job is not kept
};

class ProxyRoutes {
 public:
  // All outlive it.
  ProxyRoutes(CustomerJobs& jobs, CustomerApi& api, ProxyAuth& auth, const base::Clock& clock,
              ProxyRules rules)
      : jobs_(jobs), api_(api), auth_(auth), clock_(clock), rules_(std::move(rules)) {}

  void add_to(http::Router& router);

 private:
  base::Task<base::Result<http::Response>> models(http::Request& request);
  base::Task<base::Result<http::Response>> chat(http::Request& request);
  base::Task<base::Result<StartedAnswer>> run(const JobOrder& order, Tried& tried,
                                              http::Request& request);
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

// A customer's calls to a control plane, over HTTP (docs/operating/customer-tool.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/task.h"
#include "client/control_plane/customer_answers.h"
#include "client/control_plane/frame_reader.h"
#include "client/control_plane/plane_access.h"
#include "http/client.h"

namespace b3iq::client {

inline constexpr std::int64_t kMaxPollSeconds = 25;  // of one long poll

struct JobPost {
  protocol::ClientJobId job_id;
  protocol::NodeId node_id;
  std::string model_id;
  const protocol::SealedEnvelope& envelope;
  std::optional<protocol::Amount> max_price;
};

// Of one loop. Errors of all: those that the control plane answers with;
// control_plane_unreachable; upstream_failed (the answer is none); deadline_exceeded; cancelled.
class CustomerApi {
 public:
  // `access` outlives it.
  CustomerApi(http::EventLoop& loop, const CustomerAccess& access);

  base::Task<base::Result<std::vector<Candidate>>> candidates(std::string model,
                                                              base::CancelToken cancel);
  // Queues and reserves. An error that says nothing of the request (control_plane_unreachable,
  // upstream_failed, deadline_exceeded and the like) leaves open whether it is queued: read().
  base::Task<base::Result<JobView>> queue(JobPost job, base::CancelToken cancel);
  // Answers when the job has ended, or after `wait_seconds` (to kMaxPollSeconds) with what is.
  base::Task<base::Result<JobView>> read(protocol::ClientJobId job_id, std::int64_t wait_seconds,
                                         base::CancelToken cancel);
  // The job's sealed stream from frame `from` on.
  base::Task<base::Result<std::unique_ptr<FrameReader>>> stream(protocol::ClientJobId job_id,
                                                                std::uint32_t from,
                                                                base::CancelToken cancel);
  base::Task<base::Result<std::vector<JobView>>> list(int limit);
  base::Task<base::Result<JobView>> cancel(protocol::ClientJobId job_id);
  // The first thousand.
  base::Task<base::Result<std::vector<std::string>>> models(base::CancelToken cancel);
  // The whole text of a public route, such as "/v1/log".
  base::Task<base::Result<std::string>> get_public(std::string path, std::size_t max_bytes,
                                                   base::CancelToken cancel);

  const CustomerAccess& access() const { return access_; }

 private:
  enum class As : std::uint8_t { anybody, customer };
  struct Call {
    http::Method method = http::Method::get;
    std::string path;
    std::string body;
    As as = As::customer;
    std::size_t max_bytes = 0;
  };
  // The answer's beginning; its status is a success. `what` lives as long as the answer.
  base::Task<base::Result<std::unique_ptr<http::ClientResponse>>> open(const Call& what,
                                                                       base::CancelToken cancel);
  base::Task<base::Result<std::string>> call(Call what, base::CancelToken cancel);
  base::Error unreachable(const base::Error& error) const;

  const CustomerAccess& access_;
  http::Client client_;
};

}  // namespace b3iq::client

// A customer's private jobs from end to end: a node is chosen, its key checked against what is
// pinned, the request sealed and queued, the answer waited for, opened and checked against the
// node's receipt. No HTTP server, no terminal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "client/control_plane/customer_api.h"
#include "client/evidence/job_evidence.h"
#include "client/home/kept_jobs.h"
#include "client/home/pin_book.h"
#include "client/jobs/node_choice.h"
#include "crypto/secret.h"

namespace b3iq::client {

inline constexpr int kMaxNodesTried = 3;  // for one request, while nothing was billed

struct JobOrder {
  std::string model;
  crypto::Secret body;  // an OpenAI chat body
  NodeWish wish;
  bool is_streamed = false;    // the body asks for a stream
  bool include_usage = false;  // of stream_options
};

struct SentJob {
  KeptJob job;
  JobView view;
  bool include_usage = false;
};

struct FinishedJob {
  JobView view;
  protocol::OpenedAnswer opened;
  std::optional<JobEvidence> evidence;  // checked; none where there is no receipt that fits
  std::int64_t completion_tokens = 0;   // of that receipt
};

// What became of an order's attempts.
struct Tried {
  std::vector<protocol::NodeId> excluded;  // not asked; grows by those that failed
  bool may_cost = false;                   // it is not certain that nothing was billed
};

class BegunAnswer;
// An answer that is whole, or one whose stream has begun.
using StartedAnswer = std::variant<FinishedJob, std::unique_ptr<BegunAnswer>>;

// What becomes of a job whose stream is not read to its end.
enum class IfLeft : std::uint8_t { cancel_job, leave_job };

enum class ReceiptRule : std::uint8_t { must_fit, any };

// A job's id of our own making: nothing of it is secret, and no two are alike.
protocol::ClientJobId new_private_job_id(base::Random& random);

struct CustomerJobsNeeds {
  http::EventLoop& loop;
  CustomerApi& api;
  PinBook& pins;
  const KeptJobs* kept = nullptr;  // null: answers are opened by this process or never
  const base::Clock& clock;
  base::Random& random;
};

// One loop's thread. Errors are those of the parts; none holds a prompt or an answer.
class CustomerJobs {
 public:
  explicit CustomerJobs(CustomerJobsNeeds needs) : needs_(needs) {}

  // Once per process: whether the control plane is the one that is pinned. Errors: those of
  // PinBook::check_log, of CustomerApi.
  base::Task<base::Status> check_control_plane(base::CancelToken cancel);

  // The node that gets the job, its binding verified and pinned. Errors: those of choose_node;
  // invalid_signature, loudly, for a key that is not the node's.
  base::Task<base::Result<Candidate>> choose(const JobOrder& order,
                                             const std::vector<protocol::NodeId>& excluded,
                                             base::CancelToken cancel);
  // Seals, keeps what opens the answer, queues.
  base::Task<base::Result<SentJob>> send(const JobOrder& order, const Candidate& to,
                                         protocol::ClientJobId job_id, base::CancelToken cancel);
  // Until the job has a sealed answer or has ended, at most `timeout_ms`: then deadline_exceeded.
  base::Task<base::Result<JobView>> wait(const protocol::ClientJobId& job_id,
                                         std::int64_t timeout_ms, base::CancelToken cancel);
  // Opens the answer of a job that has one and checks its receipt. Errors: corrupt (one text);
  // receipt_rejected; why the job ended without an answer.
  static base::Result<FinishedJob> open(const KeptJob& job, JobView view,
                                        ReceiptRule rule = ReceiptRule::must_fit);

  // All of it, on another node while nothing was billed or streamed. A job whose answer nobody
  // waits for any more is cancelled. `cancel` counts for a stream that has begun, too.
  base::Task<base::Result<StartedAnswer>> answer(const JobOrder& order, std::int64_t timeout_ms,
                                                 Tried& tried, base::CancelToken cancel);
  // Waits for the beginning of a job's stream; else for its answer. The job is left as it is where
  // that fails.
  base::Task<base::Result<StartedAnswer>> start(SentJob sent, std::int64_t timeout_ms,
                                                base::CancelToken cancel);
  // Cancels the job, with nobody to tell.
  void give_up(const protocol::ClientJobId& job_id) { base::detach(cancel_job(job_id)); }
  const base::Clock& clock() const { return needs_.clock; }
  // Cancellations that were not answered yet.
  int cancelling() const { return cancelling_; }

 private:
  struct Attempt;
  base::Task<base::Result<JobView>> queue(const SentJob& job,
                                          const protocol::SealedEnvelope& envelope,
                                          const JobOrder& order, base::CancelToken cancel);
  base::Task<base::Result<StartedAnswer>> attempt(const JobOrder& order, const Candidate& to,
                                                  std::int64_t timeout_ms, Attempt& attempt,
                                                  base::CancelToken cancel);
  base::Task<base::Result<FinishedJob>> finish(const KeptJob& job, std::int64_t timeout_ms,
                                               Attempt& attempt, base::CancelToken cancel);
  // Null: there is no stream; its answer is there, or is to be waited for.
  base::Task<base::Result<std::unique_ptr<BegunAnswer>>> begin(SentJob& sent,
                                                               std::int64_t deadline_ns,
                                                               IfLeft if_left,
                                                               base::CancelToken cancel);
  base::Task<void> cancel_job(protocol::ClientJobId job_id);
  base::Task<void> add_failure(JobView& view);

  CustomerJobsNeeds needs_;
  bool control_plane_checked_ = false;
  int cancelling_ = 0;
};

// What a job that the node did not complete says of it. Of an opened answer whose status is not
// completed: the error inside.
base::Error error_of(const FinishedJob& job);

}  // namespace b3iq::client

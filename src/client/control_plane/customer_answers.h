// What a control plane answers to a customer, decoded. Members that are not known are left alone:
// newer control planes may say more. What is read is checked, because nothing here is trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"
#include "protocol/amount.h"
#include "protocol/ids.h"
#include "protocol/job_status.h"
#include "protocol/sealed_envelope.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {

inline constexpr std::size_t kMaxCandidates = 1'000;
inline constexpr std::size_t kMaxListedJobs = 1'000;
inline constexpr std::size_t kMaxListedModels = 1'000;

// A node that takes private jobs for a model.
struct Candidate {
  protocol::NodeId node_id;
  protocol::SignedTransportKeyBinding binding;  // not verified yet
  protocol::Amount price;                       // the most that a job costs there
  std::string privacy_class;
};
// GET /v1/private-inference/candidates. Errors: invalid_json; upstream_failed naming the member.
base::Result<std::vector<Candidate>> read_candidates(std::string_view text);

using protocol::JobStatus;

struct JobBilling {
  std::string status;  // "" when there is none
  std::string quoted_wei;
  std::string reserved_wei;
};
// Whether it is certain that the job costs nothing, and will not.
bool nothing_billed(const JobBilling& billing);

struct JobView {
  std::string job_id;
  std::string node_id;
  std::string model_id;
  JobStatus status = JobStatus::queued;
  JobBilling billing;
  std::string receipt_hash;
  std::string created_at;
  std::string completed_at;
  std::string failure;  // why it did not complete, where that is told: a code or words
  std::optional<protocol::SealedEnvelope> answer;
};
// One job. Errors as above.
base::Result<JobView> read_job(std::string_view text);
// {"data":[…]}; without sealed answers.
base::Result<std::vector<JobView>> read_jobs(std::string_view text);

// A page of GET /v1/public/models.
struct ModelPage {
  std::vector<std::string> names;
  std::string next_after;  // "" behind the last page
};
base::Result<ModelPage> read_models(std::string_view text);

// The error that a native error body tells; status and body are those of an answer.
base::Error error_of_answer(int status, std::string_view body);

}  // namespace b3iq::client

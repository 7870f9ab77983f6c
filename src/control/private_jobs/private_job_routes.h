// /v1/private-inference/… and /v1/billing/jobs/{job_id}: api/customer.json.
#pragma once

#include "control/customers/customer_access.h"
#include "control/private_jobs/candidate_service.h"
#include "control/private_jobs/private_job_service.h"
#include "http/router.h"

namespace b3iq::control {

// All outlive the router. `max_body_bytes`: of a request that queues a job.
struct PrivateJobParts {
  CustomerLevel& level;
  PrivateJobService& jobs;
  CandidateService& candidates;
  std::size_t max_body_bytes;
};

void add_private_job_routes(http::Router& router, const PrivateJobParts& parts);

}  // namespace b3iq::control

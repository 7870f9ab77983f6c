// Private jobs as their customers and operators see them.
#pragma once

#include <string_view>

#include "control/private_jobs/private_job_types.h"
#include "json/json.h"

namespace b3iq::control {

// The members of the answer to POST /v1/private-inference/jobs.
void write_queued_job(json::Writer& w, const PrivateJob& job);
// Those of GET …/{job_id}. What there is none of is left out.
void write_job_with_envelopes(json::Writer& w, const JobWithEnvelopes& found);
// One of a list, as an object; with the server's id, which stands in receipts and in the ledger.
void write_listed_job(json::Writer& w, const PrivateJob& job);
// Those of GET /v1/billing/jobs/{job_id}.
void write_billing_job(json::Writer& w, const PrivateJob& job);

}  // namespace b3iq::control

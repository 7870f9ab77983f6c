// POST /v1/nodes/{node_id}/frames (api/managed.json) and GET
// /v1/private-inference/jobs/{job_id}/stream (api/customer.json).
#pragma once

#include "control/auth/signed_route.h"
#include "control/customers/customer_access.h"
#include "control/private_jobs/frame_service.h"
#include "control/private_jobs/private_job_service.h"
#include "http/router.h"

namespace b3iq::control {

using FrameLevel = NodeLevel<protocol::SignatureTag::frames>;

// All outlive the router.
struct FrameParts {
  FrameLevel& node_level;
  CustomerLevel& customer_level;
  FrameService& frames;
  PrivateJobService& jobs;
};

void add_frame_routes(http::Router& router, const FrameParts& parts);

}  // namespace b3iq::control

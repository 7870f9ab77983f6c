// POST /v1/nodes/enrollment/challenges and POST /v1/nodes/enrollment.
#pragma once

#include "base/clock.h"
#include "control/auth/signed_route.h"
#include "control/enrollment/enrollment_service.h"
#include "http/router.h"

namespace b3iq::control {

// All outlive the router.
struct EnrollmentRouteParts {
  http::Public& anybody;
  NodeLevel<protocol::SignatureTag::enroll>& level;
  EnrollmentService& enrollments;
  AddressBuckets& buckets;  // attempts per address
  const base::Clock& clock;
};
void add_enrollment_routes(http::Router& router, const EnrollmentRouteParts& parts);

}  // namespace b3iq::control

#include "agent/setup/enrollment_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"

namespace b3iq::agent {

namespace {

// No node can be enrolled yet: this program has no control plane to speak to, and no setting for
// the address of one.
http::Response enrollment() {
  return object_answer([](json::Writer& w) {
    w.member("object", "enrollment");
    w.member("state", "not_enrolled");
    w.member("mode", "local");
    w.key("control_plane");
    w.null();
    w.member("detail",
             "This node works for its owner alone and speaks to no control plane. This version "
             "cannot enroll it with one.");
  });
}

}  // namespace

void EnrollmentRoutes::add_to(http::Router& router) {
  router.add(http::Method::get, "/setup/v1/enrollment", "getEnrollment", levels.viewer,
             native_error, 0,
             [](http::Request&, const Principal&) -> base::Task<base::Result<http::Response>> {
               co_return enrollment();
             });
}

}  // namespace b3iq::agent

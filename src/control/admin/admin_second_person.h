// How the routes of acts that may need a second person ask for one: the act is tried first, and
// where the gate refuses it for want of an approval, a question is stored and the answer is 202.
#pragma once

#include <optional>
#include <string>

#include "control/admin/admin_body.h"
#include "control/admin/admin_routes.h"

namespace b3iq::control {

// One request for such an act. Outlives it.
class SecondPerson {
 public:
  // With `approval_id` and the other members of the body. Errors: invalid_request.
  base::Result<ActBy> by(const AdminBody& body, const AdminCaller& caller);
  // Of a request without a body: `approval_id` may stand in the query.
  base::Result<ActBy> by(std::string_view query, const AdminCaller& caller);

  // True when the act failed because somebody has to be asked.
  template <class T>
  bool is_needed(const base::Result<T>& done) const {
    return !done.ok() && question_ && done.error().param == kApprovalMember;
  }
  // Stores the question. 202 with the approval, and what comes next in words.
  base::Task<base::Result<http::Response>> ask(const AdminParts& parts);

 private:
  ActBy act_by(const AdminCaller& caller);
  std::optional<ApprovalQuestion> question_;
};

void write_approval(json::Writer& w, const Approval& approval, std::int64_t now_ms);

}  // namespace b3iq::control

// The owner hands receipts to the control plane, and sees what became of them.
//   POST /v1/receipts/submit         {"receipt_hashes":["0x…"]} or {"all":true}
//   GET  /v1/receipts/submissions    ?limit=1..100 (20)  ?before=<seq>
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/receipts/receipt_submitter.h"
#include "http/router.h"

namespace b3iq::agent {

struct ReceiptSubmissionRoutes {
  UserLevels& levels;
  ReceiptSubmitter& submitter;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

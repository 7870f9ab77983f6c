// GET /v1/receipts: recent receipts of the caller's key (the operator sees all), newest first,
// signed.
//   ?limit=1..100 (20)  ?before=<seq>  ?receipt_hash=0x…
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/receipts/receipt_log.h"
#include "http/router.h"

namespace b3iq::agent {

struct ReceiptsRoutes {
  LocalKeyLevel<Scope::receipts>& level;
  ReceiptLog& receipts;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

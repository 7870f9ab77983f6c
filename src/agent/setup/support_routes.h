// Support grants, and the diagnostics that they open.
//   GET  /setup/v1/support-grants   POST /setup/v1/support-grants
//   DELETE /setup/v1/support-grants/{grant}
//   GET  /setup/v1/diagnostics
#pragma once

#include "agent/auth/accounts.h"
#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"
#include "agent/receipts/receipt_log.h"
#include "agent/setup/setup_routes.h"
#include "http/router.h"

namespace b3iq::agent {

struct SupportRoutes {
  UserLevels& levels;
  DiagnosticsLevel& diagnostics_level;
  SupportGrantService& grants;
  const NodeFacts& facts;
  const LocalKeyService& keys;
  const ModelRegistry& models;
  const ReceiptLog& receipts;
  const Accounts& accounts;
  const base::Clock& clock;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

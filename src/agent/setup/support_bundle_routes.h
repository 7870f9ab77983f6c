// Support bundles, for the owner's browser.
//   GET  /setup/v1/support-bundle/parts    what one holds
//   POST /setup/v1/support-bundle          makes one: a .tar
#pragma once

#include "agent/audit/audit_log.h"
#include "agent/auth/local_auth.h"
#include "agent/support/bundle_worker.h"
#include "http/router.h"

namespace b3iq::agent {

struct SupportBundleRoutes {
  UserLevels& levels;
  BundleWorker& bundles;
  storage::Database& database;
  AuditLog& audit;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

// The node's own routes for its owner: state and keys. The command line calls these.
//   GET  /setup/v1/status
//   GET  /setup/v1/keys      POST /setup/v1/keys      DELETE /setup/v1/keys/{key}
#pragma once

#include "agent/auth/local_auth.h"
#include "agent/models/model_registry.h"
#include "agent/models/runtime_references.h"
#include "agent/receipts/receipt_log.h"
#include "agent/request_log/request_log_service.h"
#include "agent/routing/dispatcher.h"
#include "agent/settings.h"
#include "agent/sync/managed_service.h"
#include "http/router.h"

namespace b3iq::agent {

struct NodeFacts {
  std::string version;
  std::string node_id;
  std::string public_key_ed25519;  // base64url; whoever has it can check this node's receipts
  std::string home;
  std::string listen_url;  // "" when not serving
  std::int64_t started_at_ms = 0;
};

struct SetupRoutes {
  UserLevels& levels;
  const NodeFacts& facts;
  LocalKeyService& keys;
  const ModelRegistry& models;
  RuntimeReferences& references;
  const ReceiptLog& receipts;
  const base::Clock& clock;
  const Dispatcher& dispatcher;
  const Settings& settings;
  const RequestLogService& requests;
  const ManagedService& managed;

  void add_to(http::Router& router);
};

}  // namespace b3iq::agent

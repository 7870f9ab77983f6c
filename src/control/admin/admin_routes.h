// The admin API, /v1/admin/…: api/admin.json. One file of routes for each thing; all are added by
// add_admin_routes().
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "control/admin/admin_access.h"
#include "control/admin/admin_credential_service.h"
#include "control/approvals/approval_service.h"
#include "control/audit/audit_trail.h"
#include "control/billing/price_service.h"
#include "control/commands/command_service.h"
#include "control/customers/customer_service.h"
#include "control/customers/customer_token_service.h"
#include "control/enrollment/token_service.h"
#include "control/ledger/ledger_reader.h"
#include "control/nodes/node_service.h"
#include "control/private_jobs/job_upkeep.h"
#include "control/private_jobs/private_job_service.h"
#include "http/router.h"
#include "json/json.h"

namespace b3iq::control {

// What the control plane says of itself.
struct ControlFacts {
  std::string version;
  std::string control_plane_id;
  std::string public_key_ed25519;  // base64url
  std::string public_url;          // "" when none is set
  std::string database;            // "sqlite" or "postgresql"
};

// All outlive the router.
struct AdminParts {
  AdminLevels& levels;
  AdminCredentialService& credentials;
  TokenService& tokens;
  NodeService& nodes;
  CommandService& commands;
  CustomerService& customers;
  CustomerTokenService& customer_tokens;
  LedgerReader& ledger;
  PriceService& prices;
  PrivateJobService& private_jobs;
  JobUpkeep& job_upkeep;
  ApprovalService& approvals;
  const AuditLog& audit;
  const base::Clock& clock;
  const ControlFacts& facts;
  std::size_t max_body_bytes;
};

void add_admin_routes(http::Router& router, const AdminParts& parts);

// Each thing's routes.
void add_admin_status_routes(http::Router& router, const AdminParts& parts);
void add_admin_token_routes(http::Router& router, const AdminParts& parts);
void add_admin_node_routes(http::Router& router, const AdminParts& parts);
void add_admin_command_routes(http::Router& router, const AdminParts& parts);
void add_admin_credential_routes(http::Router& router, const AdminParts& parts);
void add_admin_approval_routes(http::Router& router, const AdminParts& parts);
void add_admin_audit_routes(http::Router& router, const AdminParts& parts);
void add_admin_customer_routes(http::Router& router, const AdminParts& parts);
void add_admin_ledger_routes(http::Router& router, const AdminParts& parts);
void add_admin_price_routes(http::Router& router, const AdminParts& parts);
void add_admin_private_job_routes(http::Router& router, const AdminParts& parts);

inline constexpr std::int64_t kDefaultAdminPage = 100;

// A time, or null for 0.
void write_time(json::Writer& w, std::string_view name, std::int64_t at_ms);
// A text, or null for "".
void write_text(json::Writer& w, std::string_view name, std::string_view text);
void write_texts(json::Writer& w, std::string_view name, const std::vector<std::string>& texts);
// The parameter that asks for the next page, or null when this was the last one.
void write_next(json::Writer& w, std::string_view name, std::string_view id, bool more);

}  // namespace b3iq::control

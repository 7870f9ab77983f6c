// Every route of the node, in one list.
#include "agent/app.h"

#include "agent/auth/account_names.h"
#include "agent/events/event_routes.h"
#include "agent/local_api/chat_routes.h"
#include "agent/local_api/embeddings_routes.h"
#include "agent/local_api/health_routes.h"
#include "agent/local_api/model_profiles_routes.h"
#include "agent/local_api/models_routes.h"
#include "agent/local_api/ollama_routes.h"
#include "agent/local_api/receipts_routes.h"
#include "agent/request_log/request_log_routes.h"
#include "agent/setup/audit_routes.h"
#include "agent/setup/live_routes.h"
#include "agent/setup/machine_routes.h"
#include "agent/setup/model_job_routes.h"
#include "agent/setup/model_library_routes.h"
#include "agent/setup/owner_routes.h"
#include "agent/setup/runtime_routes.h"
#include "agent/setup/session_routes.h"
#include "agent/setup/support_bundle_routes.h"
#include "agent/setup/support_routes.h"
#include "agent/setup/usage_routes.h"
#include "agent/setup/user_routes.h"
#include "agent/setup/wizard_page.h"
#include "cli/version.h"

namespace b3iq::agent {

void App::add_routes(std::shared_ptr<const http::StaticFiles> wizard) {
  HealthRoutes{public_level_, metrics_level_, models_,  registry_of_metrics_,
               cli::kVersion, facts_.node_id, draining_}
      .add_to(router_);
  ModelsRoutes{models_level_, models_}.add_to(router_);
  OllamaRoutes{models_level_, models_, cli::kVersion}.add_to(router_);
  ModelProfilesRoutes{user_levels_,         models_,   dispatcher_,
                      library_.catalogue(), postures_, [this] { managed_.tell_now(); }}
      .add_to(router_);
  const auto max_body = static_cast<std::size_t>(settings_.max_body_bytes);
  ChatRoutes{chat_level_, chat_context_, max_body}.add_to(router_);
  EmbeddingsRoutes{chat_level_, chat_context_, max_body}.add_to(router_);
  ReceiptsRoutes{receipts_level_, receipts_}.add_to(router_);
  SetupRoutes{user_levels_,      facts_, keys_,       models_,   references_,
              receipts_,         clock_, dispatcher_, settings_, request_log_service_,
              managed_.service()}
      .add_to(router_);
  const AccountNames names{keys_, accounts_.users};
  UsageRoutes{user_levels_, *database_, names, clock_}.add_to(router_);
  RequestLogRoutes{user_levels_, request_log_service_, names}.add_to(router_);
  EventRoutes{user_levels_, auth_, events_, clock_}.add_to(router_);
  OwnerRoutes{public_level_, setup_level_, owners_, users_, accounts_, auth_.cookies()}.add_to(
      router_);
  SessionRoutes{public_level_, user_levels_, logins_, accounts_, auth_.cookies()}.add_to(router_);
  UserRoutes{user_levels_, invitation_level_, users_, accounts_, facts_, settings_, auth_.cookies()}
      .add_to(router_);
  AuditRoutes{user_levels_, audit_}.add_to(router_);
  MachineRoutes{user_levels_, inventory_, *loop_, gate_rules_.port}.add_to(router_);
  RuntimeRoutes{user_levels_, runtimes_,   trials_,          models_,
                references_,  dispatcher_, gate_rules_.port, audit_}
      .add_to(router_);
  ModelLibraryRoutes{user_levels_, library_}.add_to(router_);
  ModelJobRoutes{user_levels_, library_, models_}.add_to(router_);
  LiveRoutes{user_levels_, live_calls_, models_, clock_, audit_}.add_to(router_);
  SupportRoutes{user_levels_, diagnostics_level_, grants_,   facts_, keys_,
                models_,      receipts_,          accounts_, clock_}
      .add_to(router_);
  SupportBundleRoutes{user_levels_, bundles_, *database_, audit_}.add_to(router_);
  upkeep_.add_routes(router_, user_levels_, logins_);
  managed_.add_routes(router_, user_levels_);
  add_wizard_page(router_, public_level_, std::move(wizard));
}

}  // namespace b3iq::agent

// Does the commands of a control plane with what the node can do anyway: nothing here takes an
// address, a path or a program from outside. Loop thread only.
#pragma once

#include "agent/audit/audit_log.h"
#include "agent/home.h"
#include "agent/inventory/inventory_service.h"
#include "agent/models/model_library.h"
#include "agent/private_jobs/private_jobs.h"
#include "agent/support/bundle_worker.h"
#include "agent/sync/command_work.h"
#include "agent/sync/enrollment_store.h"
#include "agent/sync/node_view.h"
#include "agent/sync/transport_key_rotation.h"
#include "agent/sync/wake_timer.h"
#include "agent/updates/update_service.h"

namespace b3iq::agent {

// The bundle that was asked for last, in HOME/managed: for the owner to hand over, or not.
inline constexpr std::string_view kManagedBundleFile = "support-bundle.tar";

class NodeCommands final : public CommandWork {
 public:
  struct Needs {
    const Home& home;
    ModelLibrary& library;
    ModelRegistry& models;
    BundleWorker& bundles;
    UpdateService& updates;
    inventory::InventoryService& inventory;
    const NodeView& view;
    EnrollmentStore& store;
    const protocol::NodeIdentity& identity;
    const base::Clock& clock;
    WakeClock& wake;
    PrivateJobs& private_jobs;
  };
  explicit NodeCommands(const Needs& needs) : needs_(needs) {}

  base::Task<base::Result<protocol::CommandOutcome>> run(
      const protocol::CommandArguments& arguments, CommandTimes times, CommandProgress& progress,
      base::CancelToken cancel) override;
  base::Task<void> before_bringing(const CommandProgress& progress) override {
    return needs_.private_jobs.brought(progress);
  }
  bool idle() const { return files_.idle(); }

 private:
  using Outcome = base::Task<base::Result<protocol::CommandOutcome>>;
  static Outcome check_route();
  Outcome benchmark(const protocol::BenchmarkSmokeArguments& arguments, base::CancelToken cancel);
  Outcome probe_runtimes();
  Outcome install(const protocol::ModelInstallArguments& arguments, CommandProgress& progress,
                  base::CancelToken cancel);
  Outcome remove(const protocol::ModelRemoveArguments& arguments);
  Outcome bundle();
  Outcome rotate(TransportKeyRotation rotation);
  Outcome refresh();
  Outcome check_updates(base::CancelToken cancel);
  std::optional<ModelJob> open_install(std::string_view catalogue_id) const;
  base::Task<base::Result<ModelJob>> install_job(std::string catalogue_id);
  base::Task<base::Result<ModelJob>> job_end(std::string id, CommandProgress& progress,
                                             base::CancelToken cancel);
  base::Result<protocol::CommandOutcome> installed(const std::string& id, bool was_there) const;

  Needs needs_;
  SideThread files_;
};

}  // namespace b3iq::agent

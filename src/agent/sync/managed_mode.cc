#include "agent/sync/managed_mode.h"

#include <chrono>
#include <thread>

#include "agent/setup/enrollment_routes.h"
#include "agent/setup/receipt_submission_routes.h"

namespace b3iq::agent {

namespace {

constexpr int kLastTurns = 500;
constexpr std::chrono::milliseconds kTurn{2};

ServingNode::Needs asking(ServingNode::Needs view, const ManagedService& service) {
  view.allowed = [&service](protocol::CommandKind kind) { return service.allows(kind); };
  return view;
}

}  // namespace

ManagedMode::ManagedMode(const Needs& needs)
    : loop_(needs.loop),
      wake_(boot_clock(needs.loop)),
      store_(needs.home),
      view_(asking(needs.view, service_)),
      stream_metrics_(needs.metrics),
      frames_(*wake_, stream_metrics_),
      private_jobs_(
          {needs.chat, needs.view.postures, store_, needs.database, *wake_, needs.loop, frames_}),
      commands_({needs.home, needs.library, needs.models, needs.bundles, needs.updates,
                 needs.view.inventory, view_, store_, needs.identity, needs.clock, *wake_,
                 private_jobs_}),
      service_({needs.settings, needs.loop, *wake_, needs.database, needs.audit, needs.clock,
                needs.random, needs.identity, store_, view_, commands_, std::string(needs.version),
                needs.own_port, frames_}),
      submitter_({needs.database, needs.receipts, needs.audit, needs.clock, needs.identity,
                  [this] { return destination(); },
                  [this](std::string batch) { return service_.send_receipts(std::move(batch)); }}) {
}

std::optional<ReceiptDestination> ManagedMode::destination() const {
  const auto report = service_.report();
  if (!report.record || !report.serves) return std::nullopt;
  return ReceiptDestination{report.record->control_plane_id, report.record->enrolled_at_ms};
}

void ManagedMode::end() {
  for (int turn = 0; turn < kLastTurns && !idle(); ++turn) {
    loop_.settle();
    std::this_thread::sleep_for(kTurn);
  }
}

void ManagedMode::add_routes(http::Router& router, UserLevels& levels) {
  EnrollmentRoutes{levels, service_}.add_to(router);
  ReceiptSubmissionRoutes{levels, submitter_}.add_to(router);
}

}  // namespace b3iq::agent

#include "agent/sync/managed_mode.h"

#include <chrono>
#include <thread>

#include "agent/setup/enrollment_routes.h"

namespace b3iq::agent {

namespace {

constexpr int kLastTurns = 500;
constexpr std::chrono::milliseconds kTurn{2};

}  // namespace

ManagedMode::ManagedMode(const Needs& needs)
    : loop_(needs.loop),
      wake_(boot_clock(needs.loop)),
      store_(needs.home),
      view_(needs.view),
      private_jobs_({needs.chat, store_, needs.database, *wake_, needs.loop}),
      commands_({needs.home, needs.library, needs.models, needs.bundles, needs.updates,
                 needs.view.inventory, view_, store_, needs.identity, needs.clock, *wake_,
                 private_jobs_}),
      service_({needs.settings, needs.loop, *wake_, needs.database, needs.audit, needs.clock,
                needs.random, needs.identity, store_, view_, commands_, std::string(needs.version),
                needs.own_port}) {}

void ManagedMode::end() {
  for (int turn = 0; turn < kLastTurns && !idle(); ++turn) {
    loop_.settle();
    std::this_thread::sleep_for(kTurn);
  }
}

void ManagedMode::add_routes(http::Router& router, UserLevels& levels) {
  EnrollmentRoutes{levels, service_}.add_to(router);
}

}  // namespace b3iq::agent

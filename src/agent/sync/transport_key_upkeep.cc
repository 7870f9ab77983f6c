#include "agent/sync/transport_key_upkeep.h"

#include "base/log.h"

namespace b3iq::agent {

using base::Task;

void TransportKeyUpkeep::look() {
  if (closed_ || working_) return;
  if (!old_key_due(needs_.store.key_times(), needs_.clock.wall_ms())) return;
  working_ = true;
  base::detach(work());
}

Task<void> TransportKeyUpkeep::work() {
  co_await destroy_old();
  working_ = false;
}

Task<void> TransportKeyUpkeep::destroy_old() {
  const auto destroyed = co_await needs_.store.destroy_old_transport_key();
  if (destroyed.ok()) {
    base::log(base::LogLevel::info, "managed.old_transport_key_destroyed", {});
    co_return;
  }
  base::log(base::LogLevel::warn, "managed.old_transport_key_stays",
            {{"detail", std::string_view(destroyed.error().detail)}});
}

}  // namespace b3iq::agent

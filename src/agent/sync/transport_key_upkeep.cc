#include "agent/sync/transport_key_upkeep.h"

#include <algorithm>

#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::Status;
using base::Task;

void TransportKeyUpkeep::look(const LinkReport& link) {
  if (closing_.cancelled() || working_) return;
  const bool destroy = old_key_due(needs_.store.key_times(), needs_.clock.wall_ms());
  const bool renew = should_renew(link);
  if (!destroy && !renew) return;
  working_ = true;
  base::detach(work(destroy, renew));
}

bool TransportKeyUpkeep::should_renew(const LinkReport& link) const {
  if (link.state != LinkState::connected) return false;
  const bool other_key = needs_.store.rotations() != tried_rotations_;
  if (!other_key && needs_.wake.now_ms() < next_renewal_ms_) return false;
  const bool asked = std::ranges::find(link.notices, protocol::NodeNotice::transport_key_expires) !=
                     link.notices.end();
  return asked || renewal_due(needs_.store.key_times(), needs_.link.now_ms());
}

Task<void> TransportKeyUpkeep::work(bool destroy, bool renewing) {
  if (destroy) co_await destroy_old();
  if (renewing) co_await renew();
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

Task<void> TransportKeyUpkeep::renew() {
  const auto renewed = co_await renew_once();
  if (closing_.cancelled()) co_return;
  // Also after a success: a control plane that goes on asking for it gets one an hour.
  const auto wait_ms = std::max(jittered(kRenewAgainMs, needs_.random),
                                renewed.ok() ? 0 : renewed.error().retry_after_ms);
  next_renewal_ms_ = needs_.wake.now_ms() + wait_ms;
  if (renewed.ok()) {
    base::log(base::LogLevel::info, "managed.binding_renewed", {});
    set_error(std::nullopt);
    co_return;
  }
  base::log(base::LogLevel::warn, "managed.binding_not_renewed",
            {{"code", base::error_info(renewed.error().code).wire_name},
             {"detail", std::string_view(renewed.error().detail)}});
  set_error(renewed.error());
}

Task<Status> TransportKeyUpkeep::renew_once() {
  tried_rotations_ = needs_.store.rotations();
  CO_TRY(const auto key, co_await needs_.store.transport_key());
  const EnrollmentNeeds needs{needs_.client,
                              needs_.identity,
                              needs_.clock,
                              needs_.random,
                              std::string(needs_.view.version()),
                              closing_.token()};
  auto renewing = renew_binding(needs, needs_.link, key, needs_.boot_epoch);
  CO_TRY(auto renewed, co_await std::move(renewing));
  // The key was replaced meanwhile. The new one is bound at the next heartbeat: the control plane
  // may take the one before for the newer.
  if (needs_.store.rotations() != tried_rotations_) co_return Status();
  auto saving = needs_.store.renewed(std::move(renewed.router_secret), renewed.key_times);
  co_return co_await std::move(saving);
}

void TransportKeyUpkeep::set_error(std::optional<Error> error) {
  error_ = std::move(error);
  if (needs_.changed) needs_.changed();
}

}  // namespace b3iq::agent

#include "agent/sync/transport_key_rotation.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using protocol::SignedTransportKeyBinding;

namespace {

// A binding begins a little before the control plane's clock, which may lag.
constexpr std::int64_t kBindingLeadMs = 60'000;
constexpr std::int64_t kMsPerSecond = 1'000;

}  // namespace

Task<Result<SignedTransportKeyBinding>> rotate_transport_key(EnrollmentStore& store,
                                                             const protocol::NodeIdentity& identity,
                                                             const base::Clock& clock,
                                                             TransportKeyRotation rotation) {
  const auto old_until_ms = clock.wall_ms() + rotation.grace_seconds * kMsPerSecond;
  CO_TRY(const auto key, co_await store.rotate_transport_key(old_until_ms));
  co_return protocol::bind_transport_key(identity, key.public_key(),
                                         rotation.control_now_ms - kBindingLeadMs,
                                         protocol::kMaxTransportKeyLifeMs);
}

}  // namespace b3iq::agent

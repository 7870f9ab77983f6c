#include "agent/sync/transport_key_rotation.h"

#include "base/random.h"

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
                                                             std::int64_t grace_seconds) {
  const auto now_ms = clock.wall_ms();
  const auto from_ms = now_ms - kBindingLeadMs;
  auto times = times_of_binding(from_ms, protocol::kMaxTransportKeyLifeMs, base::system_random());
  times.old_until_ms = now_ms + grace_seconds * kMsPerSecond;
  CO_TRY(const auto key, co_await store.rotate_transport_key(times));
  co_return protocol::bind_transport_key(identity, key.public_key(), from_ms,
                                         protocol::kMaxTransportKeyLifeMs);
}

}  // namespace b3iq::agent

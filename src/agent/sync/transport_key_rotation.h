// A new transport key in the place of the one before, which opens for a stated grace.
#pragma once

#include "agent/sync/enrollment_store.h"
#include "base/clock.h"
#include "protocol/identity.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::agent {

struct TransportKeyRotation {
  std::int64_t control_now_ms = 0;  // by the control plane's clock: from when the key is bound
  std::int64_t grace_seconds = 0;   // by `clock`
};

// The new key's binding. The node counts the key as not bound until the control plane has accepted
// an enrollment with it (TransportKeyUpkeep): whether this binding arrives is not known here.
// Errors: of the files. What it is given outlives it.
base::Task<base::Result<protocol::SignedTransportKeyBinding>> rotate_transport_key(
    EnrollmentStore& store, const protocol::NodeIdentity& identity, const base::Clock& clock,
    TransportKeyRotation rotation);

}  // namespace b3iq::agent

// A new transport key in the place of the one before, which opens for a stated grace.
#pragma once

#include "agent/sync/enrollment_store.h"
#include "base/clock.h"
#include "protocol/identity.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::agent {

// The new key's binding. Errors: of the files. What it is given outlives it.
base::Task<base::Result<protocol::SignedTransportKeyBinding>> rotate_transport_key(
    EnrollmentStore& store, const protocol::NodeIdentity& identity, const base::Clock& clock,
    std::int64_t grace_seconds);

}  // namespace b3iq::agent

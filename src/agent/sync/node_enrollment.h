// Becoming a node of a control plane: challenge, signed statement, and what comes back. Nothing is
// kept by it but the transport key that the store has made. Loop thread only.
#pragma once

#include "agent/sync/control_link.h"
#include "agent/sync/enrollment_record.h"
#include "agent/sync/transport_key_times.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "protocol/identity.h"
#include "protocol/router_secret.h"
#include "protocol/transport_key.h"

namespace b3iq::agent {

struct Enrolled {
  EnrollmentRecord record;
  protocol::RouterSecret router_secret;
  TransportKeyTimes key_times;
};

struct EnrollmentNeeds {
  ControlClient& client;
  const protocol::NodeIdentity& identity;
  const base::Clock& clock;
  base::Random& random;
  std::string agent_version;
  base::CancelToken cancel;
};

// Asks for a challenge; proves the control plane's key. Errors: of the control plane
// (control_errors.h); control_plane_unreachable for an answer that is none of the protocol.
base::Task<base::Result<protocol::Challenge>> ask_challenge(EnrollmentNeeds needs,
                                                            crypto::Secret token);

// Answers it. `key`: made for this enrollment. The token is spent when this succeeds, and also when
// the answer is lost.
base::Task<base::Result<Enrolled>> answer_challenge(EnrollmentNeeds needs,
                                                    const protocol::Challenge& challenge,
                                                    const protocol::TransportKey& key);

struct Renewed {
  protocol::RouterSecret router_secret;
  TransportKeyTimes key_times;
};

// An enrolled node enrolls again at its own control plane, without a token: `key` gets a new
// binding. Errors: of the control plane; wrong_audience when another one answers.
base::Task<base::Result<Renewed>> renew_binding(EnrollmentNeeds needs, ControlLink& link,
                                                const protocol::TransportKey& key,
                                                std::int64_t boot_epoch);

}  // namespace b3iq::agent

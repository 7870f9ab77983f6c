// How a node becomes one of this control plane's (PROTOCOL section 5): a challenge for whoever
// shows a usable token (or is enrolled already), and a signed statement that uses challenge and
// token up in the transaction that enrolls. Loop thread.
//
// A statement that comes a second time, because its answer was lost, is answered alike and changes
// nothing. A known node keeps its id and history; a suspended one stays suspended; a removed one
// comes back with a new token alone.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/audit/audit_trail.h"
#include "control/enrollment/challenge_store.h"
#include "control/enrollment/enrollment_types.h"
#include "control/nodes/lease_store.h"
#include "control/nodes/node_types.h"
#include "protocol/control_plane_identity.h"
#include "protocol/messages/enrollment.h"
#include "protocol/router_secret.h"
#include "storage/database.h"

namespace b3iq::control {

// Of one token (or one enrolled node without) at the same time; a further one takes the place of
// the oldest that was not used.
inline constexpr std::int64_t kMaxOpenChallenges = 16;
// A used or expired challenge is remembered for this long, so that a lost answer can be had again.
inline constexpr std::int64_t kChallengeKeptMs = 3'600'000;
inline constexpr std::int64_t kMaxDeletedAtOnce = 1'000;

class EnrollmentService {
 public:
  EnrollmentService(const protocol::ControlPlaneIdentity& identity,
                    const protocol::RouterMasterSecret& router_master, storage::Database& database,
                    const AuditLog& audit, const base::Clock& clock, base::Random& random,
                    std::int64_t heartbeat_interval_ms = kHeartbeatIntervalMs)
      : identity_(identity),
        router_master_(router_master),
        database_(database),
        audit_(audit),
        clock_(clock),
        random_(random),
        heartbeat_interval_ms_(heartbeat_interval_ms) {}

  // The signed challenge, as it is sent. Errors: enrollment_token_invalid (one text for a token
  // that is unknown, used, revoked or expired), node_suspended, not_enrolled and node_removed
  // (without a token).
  base::Task<base::Result<std::string>> challenge(protocol::ChallengeRequest request);

  // `act` is the verified request that brought `body`. Errors: challenge_expired (unknown, used by
  // another statement, too old), enrollment_token_invalid, wrong_audience, invalid_signature (not
  // what the challenge was given for), those of claim_sequence() (nodes/lease_store.h).
  base::Task<base::Result<protocol::EnrollmentAnswer>> enroll(
      const SignedAct& act, const protocol::EnrollmentStatement& statement, std::string_view body);

  // Forgets challenges and tokens that are of no use any more, a bounded number. Errors of the
  // database.
  base::Task<base::Status> sweep();

 private:
  base::Task<base::Status> check_bearer(storage::Transaction& tx, std::string_view token,
                                        StoredChallenge& challenge, std::int64_t now_ms) const;
  struct Outcome;
  base::Task<base::Status> consume(storage::Transaction& tx, const SignedAct& act,
                                   const protocol::EnrollmentStatement& statement,
                                   const crypto::Sha256Digest& digest, std::int64_t now_ms,
                                   Outcome& out) const;
  base::Task<base::Status> admit(storage::Transaction& tx, const SignedAct& act,
                                 const protocol::EnrollmentStatement& statement,
                                 const StoredChallenge& challenge, std::int64_t now_ms,
                                 Outcome& out) const;
  base::Result<protocol::EnrollmentAnswer> answer(const protocol::EnrollmentStatement& statement,
                                                  const Outcome& outcome) const;

  const protocol::ControlPlaneIdentity& identity_;
  const protocol::RouterMasterSecret& router_master_;
  storage::Database& database_;
  const AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  const std::int64_t heartbeat_interval_ms_;
};

}  // namespace b3iq::control

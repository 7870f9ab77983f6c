#include "control/enrollment/enrollment_service.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "control/enrollment/token_store.h"
#include "control/nodes/node_store.h"
#include "control/nodes/node_types.h"
#include "control/nodes/validity_store.h"
#include "crypto/secret_token.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::EnrollmentStatement;
using storage::Transaction;

namespace {

// One text whatever the cause: who guesses tokens learns nothing.
Error token_refused() {
  return Error(
      ErrorCode::enrollment_token_invalid,
      "The enrollment token is not one that can be used here: it is unknown, used, revoked "
      "or expired. Ask the control plane's operator for a new one.",
      "enrollment_token");
}

Error challenge_gone() {
  return Error(ErrorCode::challenge_expired,
               "The challenge was used or is too old. Ask for a new one with the same token.",
               "challenge_id");
}

Error not_admitted(NodeStanding standing) {
  if (standing == NodeStanding::suspended) {
    return Error(ErrorCode::node_suspended,
                 "An operator of the control plane has suspended the node; ask there.", {},
                 kSuspendedRetryMs);
  }
  return Error(ErrorCode::node_removed,
               "The node was removed from this control plane. To come back it needs a new "
               "enrollment token.");
}

// Whether the statement answers this very challenge.
Status check_answer(const EnrollmentStatement& statement, const StoredChallenge& challenge) {
  const bool same = statement.node_id == challenge.node_id &&
                    statement.public_key == challenge.public_key &&
                    base::equal_constant_time(statement.challenge_nonce, challenge.nonce);
  if (same) return {};
  return Error(
      ErrorCode::invalid_signature,
      "The challenge was given to another key, or its nonce is another. Ask for a new one.",
      "challenge_nonce");
}

}  // namespace

// What the transaction decided; made anew each time it runs.
struct EnrollmentService::Outcome {
  Enrollment enrollment;
  std::int64_t command_cursor = 0;
  bool was_known = false;
};

Task<Result<std::string>> EnrollmentService::challenge(protocol::ChallengeRequest request) {
  const auto now = clock_.wall_ms();
  StoredChallenge stored;
  stored.id = protocol::ChallengeId::make(now, random_);
  stored.node_id = request.node_id;
  stored.public_key = request.public_key;
  random_.fill(stored.nonce);
  stored.expires_at_ms = now + protocol::kChallengeLifeMs;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await check_bearer(tx, request.enrollment_token.reveal_text(), stored, now));
    std::int64_t open = 0;
    CO_TRY_OK(co_await count_challenges(tx, stored, now, open));
    // Anybody can ask in a node's name, so who asks last is not the one to refuse.
    if (const auto over = open + 1 - kMaxOpenChallenges; over > 0)
      CO_TRY_OK(co_await drop_challenges(tx, stored, now, over));
    co_return co_await insert_challenge(tx, stored);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  const protocol::Challenge challenge{stored.id,
                                      stored.nonce,
                                      identity_.id(),
                                      identity_.public_key(),
                                      stored.node_id,
                                      stored.expires_at_ms,
                                      now};
  co_return protocol::encode_challenge(challenge, identity_);
}

// Who may have a challenge; the token is only looked at.
Task<Status> EnrollmentService::check_bearer(Transaction& tx, std::string_view token,
                                             StoredChallenge& challenge,
                                             std::int64_t now_ms) const {
  LeaseRow lease;
  bool known = false;
  CO_TRY_OK(co_await select_lease(tx, challenge.node_id.text(), protocol::SignatureTag::enroll,
                                  lease, known));
  if (known && lease.standing == NodeStanding::suspended) co_return not_admitted(lease.standing);
  challenge.token_id.clear();
  if (token.empty()) {
    if (!known) {
      co_return Error(ErrorCode::not_enrolled,
                      "This control plane does not know the node. It needs an enrollment token.",
                      "enrollment_token");
    }
    if (lease.standing != NodeStanding::enrolled) co_return not_admitted(lease.standing);
    co_return Status();
  }
  EnrollmentToken found_token;
  bool found = false;
  CO_TRY_OK(co_await select_token_by_hash(tx, crypto::hash_secret(token), found_token, found));
  if (!found || status_of(found_token, now_ms) != TokenStatus::usable) co_return token_refused();
  challenge.token_id = found_token.id;
  co_return Status();
}

Task<Result<protocol::EnrollmentAnswer>> EnrollmentService::enroll(
    const SignedAct& act, const EnrollmentStatement& statement, std::string_view body_bytes) {
  if (statement.control_plane_id != identity_.id()) {
    co_return Error(ErrorCode::wrong_audience,
                    "The statement was signed for another control plane; this one is " +
                        identity_.id().text() + ".",
                    "control_plane_id");
  }
  const auto now = clock_.wall_ms();
  const auto digest = crypto::sha256(body_bytes);
  Outcome outcome;
  auto body = [&](Transaction& tx) { return consume(tx, act, statement, digest, now, outcome); };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return answer(statement, outcome);
}

Task<Status> EnrollmentService::consume(Transaction& tx, const SignedAct& act,
                                        const EnrollmentStatement& statement,
                                        const crypto::Sha256Digest& digest, std::int64_t now_ms,
                                        Outcome& out) const {
  out = {};
  StoredChallenge challenge;
  bool found = false;
  CO_TRY_OK(co_await select_challenge(tx, statement.challenge_id.text(), challenge, found));
  if (!found) co_return challenge_gone();
  CO_TRY_OK(check_answer(statement, challenge));
  if (challenge.used_at_ms) {
    // The answer was lost on its way: the same statement again.
    if (challenge.statement_digest != digest) co_return challenge_gone();
    CO_TRY_OK(co_await claim_sequence(tx, act, out.command_cursor));
    CO_TRY_OK(co_await select_enrollment(tx, statement.node_id.text(), out.enrollment));
    out.was_known = out.enrollment.first_at_ms != *challenge.used_at_ms;
    co_return Status();
  }
  bool used = false;
  CO_TRY_OK(co_await use_challenge(tx, challenge.id.text(), digest, now_ms, used));
  if (!used) co_return challenge_gone();
  if (!challenge.token_id.empty()) {
    CO_TRY_OK(co_await use_token(tx, challenge.token_id, challenge.node_id.text(), now_ms, used));
    if (!used) co_return token_refused();
  }
  co_return co_await admit(tx, act, statement, challenge, now_ms, out);
}

Task<Status> EnrollmentService::admit(Transaction& tx, const SignedAct& act,
                                      const EnrollmentStatement& statement,
                                      const StoredChallenge& challenge, std::int64_t now_ms,
                                      Outcome& out) const {
  const std::string& node_id = statement.node_id.text();
  const NewLease lease{node_id, statement.boot_epoch, act.request.sequence,
                       statement.agent_version};
  EnrollmentToken token;
  const bool with_token = !challenge.token_id.empty();
  bool found = false;
  if (with_token) CO_TRY_OK(co_await select_token(tx, challenge.token_id, token, found));
  const NewNode node{node_id, statement.public_key, join_tags(token.tags), now_ms};

  bool is_new = false;
  CO_TRY_OK(co_await insert_lease(tx, lease, is_new));
  if (is_new) {
    // Between the challenge and now it may have been forgotten; a token is needed all the same.
    if (!with_token) co_return token_refused();
    CO_TRY_OK(co_await insert_node(tx, node));
    CO_TRY_OK(co_await begin_validity(tx, node_id, now_ms));
  } else {
    LeaseRow known;
    CO_TRY_OK(co_await select_lease(tx, node_id, act.tag, known, found));
    if (!with_token && known.standing != NodeStanding::enrolled)
      co_return not_admitted(known.standing);
    bool moved = false;
    CO_TRY_OK(co_await renew_lease(tx, lease, moved));
    if (!moved) {
      auto refusal = refusal_of(known, found, act.request, statement.boot_epoch);
      *act.facts = refusal.facts;
      co_return std::move(refusal.error);
    }
    if (known.standing != NodeStanding::enrolled)
      CO_TRY_OK(co_await begin_validity(tx, node_id, now_ms));
    CO_TRY_OK(co_await note_enrollment(tx, node, with_token));
    out.command_cursor = known.command_cursor;
  }
  const auto& binding = statement.transport_key.binding;
  const TransportKeyRow key{binding.key_id,
                            protocol::encode_transport_key_binding(statement.transport_key),
                            binding.not_before_ms, binding.not_after_ms, now_ms};
  CO_TRY_OK(co_await put_transport_key(tx, node_id, key));
  CO_TRY_OK(co_await select_enrollment(tx, node_id, out.enrollment));
  out.was_known = !is_new;
  const AuditAct audited{with_token ? challenge.token_id : node_id,
                         is_new ? "node.enrolled" : "node.enrolled_again", node_id};
  co_return co_await audit_.append(tx, audited);
}

Result<protocol::EnrollmentAnswer> EnrollmentService::answer(const EnrollmentStatement& statement,
                                                             const Outcome& outcome) const {
  const auto secret =
      router_master_.derive(statement.node_id, outcome.enrollment.router_generation);
  protocol::EnrollmentAnswer answer;
  TRY(answer.router_secret_sealed,
      protocol::seal_router_secret(secret, statement.transport_key.binding.public_key_x25519));
  answer.heartbeat_interval_ms = heartbeat_interval_ms_;
  answer.server_time_ms = clock_.wall_ms();
  answer.router_key_id =
      protocol::router_key_id_of(statement.node_id, outcome.enrollment.router_generation);
  answer.command_cursor = outcome.command_cursor;
  answer.re_enrolled = outcome.was_known;
  return answer;
}

Task<Status> EnrollmentService::sweep() {
  const auto now = clock_.wall_ms();
  auto body = [now](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await delete_challenges(tx, now - kChallengeKeptMs, kMaxDeletedAtOnce));
    co_return co_await delete_tokens(tx, now - kTokenKeptMs, kMaxDeletedAtOnce);
  };
  co_return co_await database_.write(std::move(body));
}

}  // namespace b3iq::control

#include "agent/sync/node_enrollment.h"

#include <algorithm>

#include "protocol/messages/enrollment.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;

namespace {

// The binding begins a little before the control plane's clock.
constexpr std::int64_t kBindingLeadMs = 60'000;

struct Statement {
  const protocol::Challenge& challenge;
  const protocol::TransportKey& key;
  std::int64_t boot_epoch;
};
struct Stated {
  protocol::EnrollmentAnswer answer;
  protocol::RouterSecret router_secret;
  TransportKeyTimes key_times;
};

// What is stated of the node, and what comes back for it. All of it outlives the task.
Task<Result<Stated>> state(const EnrollmentNeeds& needs, ControlLink& link, Statement said) {
  const auto from_ms = link.now_ms() - kBindingLeadMs;
  protocol::EnrollmentStatement statement;
  statement.challenge_id = said.challenge.challenge_id;
  statement.challenge_nonce = said.challenge.nonce;
  statement.control_plane_id = said.challenge.control_plane_id;
  statement.transport_key = protocol::bind_transport_key(needs.identity, said.key.public_key(),
                                                         from_ms, protocol::kMaxTransportKeyLifeMs);
  statement.agent_version = needs.agent_version;
  statement.boot_epoch = said.boot_epoch;
  ControlRequest request{.path = std::string(protocol::kEnrollmentPath),
                         .body = protocol::encode_enrollment(statement, needs.identity),
                         .max_answer_bytes = protocol::kMaxEnrollmentAnswerBytes};
  auto sending = link.send(protocol::SignatureTag::enroll, std::move(request), needs.cancel);
  CO_TRY(const auto body, co_await std::move(sending));
  auto answer = protocol::decode_enrollment_answer(body);
  if (!answer.ok()) co_return strange_answer(needs.client.address(), answer.error().detail);
  CO_TRY(auto secret, protocol::open_router_secret(answer->router_secret_sealed, said.key));
  co_return Stated{*std::move(answer), std::move(secret),
                   times_of_binding(from_ms, protocol::kMaxTransportKeyLifeMs, needs.random)};
}

}  // namespace

Task<Result<protocol::Challenge>> ask_challenge(EnrollmentNeeds needs, crypto::Secret token) {
  const protocol::ChallengeRequest asked{needs.identity.node_id(), needs.identity.public_key(),
                                         std::move(token)};
  ControlRequest request{.path = std::string(protocol::kChallengesPath),
                         .body = protocol::encode_challenge_request(asked),
                         .max_answer_bytes = protocol::kMaxChallengeBytes};
  auto sending = needs.client.send(std::move(request), needs.cancel);
  auto answer = co_await std::move(sending);
  if (auto* refusal = std::get_if<Refusal>(&answer)) co_return std::move(refusal->error);
  auto challenge = protocol::decode_challenge(std::get<std::string>(answer));
  if (!challenge.ok()) co_return strange_answer(needs.client.address(), challenge.error().detail);
  if (challenge->node_id != needs.identity.node_id())
    co_return strange_answer(needs.client.address(), "its challenge is for another node");
  co_return challenge;
}

Task<Result<Enrolled>> answer_challenge(EnrollmentNeeds needs, const protocol::Challenge& challenge,
                                        const protocol::TransportKey& key) {
  Enrolled enrolled;
  auto& record = enrolled.record;
  record.node_id = needs.identity.node_id();
  record.control_plane_url = needs.client.address().url;
  record.control_plane_id = challenge.control_plane_id;
  record.control_plane_public_key = base::to_base64url(challenge.control_plane_key.bytes);
  record.enrolled_at_ms = needs.clock.wall_ms();
  auto keep_mark = [&record](protocol::SignatureTag tag, std::int64_t mark) -> Task<Status> {
    record.sequences.at(static_cast<std::size_t>(tag)) = mark;
    co_return Status();
  };
  SequenceNumbers numbers({}, needs.clock, keep_mark);
  ControlLink link({needs.client, needs.identity, needs.clock, needs.random, numbers},
                   challenge.control_plane_id, 0);
  link.learn_time(challenge.server_time_ms);
  // By the later of the two clocks: an earlier enrollment of this node may have used the other.
  record.boot_epoch = protocol::next_boot_epoch(0, std::max(needs.clock.wall_ms(), link.now_ms()));
  auto stating = state(needs, link, {challenge, key, record.boot_epoch});
  CO_TRY(auto stated, co_await std::move(stating));
  enrolled.router_secret = std::move(stated.router_secret);
  enrolled.key_times = stated.key_times;
  record.heartbeat_interval_ms = stated.answer.heartbeat_interval_ms;
  link.learn_time(stated.answer.server_time_ms);
  record.clock_offset_ms = link.clock_offset_ms();
  co_return std::move(enrolled);
}

Task<Result<Renewed>> renew_binding(EnrollmentNeeds needs, ControlLink& link,
                                    const protocol::TransportKey& key, std::int64_t boot_epoch) {
  auto asking = ask_challenge(needs, crypto::Secret());
  CO_TRY(const auto challenge, co_await std::move(asking));
  if (challenge.control_plane_id != link.control_plane_id()) {
    co_return base::Error(
        base::ErrorCode::wrong_audience,
        "Another control plane answers than the one that this node is enrolled with. Ask its "
        "operator; to change over, unenroll and enroll again.");
  }
  auto stating = state(needs, link, {challenge, key, boot_epoch});
  CO_TRY(auto stated, co_await std::move(stating));
  co_return Renewed{std::move(stated.router_secret), stated.key_times};
}

}  // namespace b3iq::agent

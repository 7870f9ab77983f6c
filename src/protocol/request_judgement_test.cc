// CASES G4, 43 to 49: what a signature, a sequence, an audience, a clock and a form must stop.
#include "protocol/request_judgement.h"

#include <gtest/gtest.h>

#include "protocol/document_writer.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

constexpr std::int64_t kNowSeconds = kNowMs / 1000;

struct Signed {
  std::string path;
  std::string body;
  SignatureHeaders headers;
  CoveredRequest request() const { return {"POST", path, "", body}; }
  ReceivedHeaders received() const {
    return {headers.content_digest, headers.audience, headers.sequence, headers.signature_input,
            headers.signature};
  }
};

Signed signed_request(SignatureTag tag, std::int64_t sequence, std::int64_t created = kNowSeconds,
                      const ControlPlaneId& audience = control_plane().id()) {
  Signed out{heartbeats_path(node().node_id()), encode_heartbeat(heartbeat()), {}};
  out.headers = sign_request(out.request(), {tag, audience, sequence, created}, node(),
                             base::system_random());
  return out;
}

base::Result<VerifiedRequest> verified(const Signed& sent, SignatureTag tag,
                                       std::int64_t now = kNowSeconds) {
  return verify_request(sent.request(), sent.received(), {tag, control_plane().id(), now},
                        node().public_key());
}

// A control plane in small: verifies, judges and moves what it has stored, as one transaction does.
struct Store {
  StoredNode node;
  int effects = 0;

  RequestJudgement take(const Signed& sent, std::optional<std::int64_t> boot_epoch = kBootEpoch) {
    const auto request = verified(sent, SignatureTag::heartbeat);
    EXPECT_TRUE(request.ok());
    auto judgement = judge_request(*request, {fixture::node().node_id(), boot_epoch}, &node);
    if (judgement.accepted) {
      node.last_sequence = judgement.accepted->last_sequence;
      node.boot_epoch = judgement.accepted->boot_epoch;
      ++effects;
    }
    return judgement;
  }
};

TEST(RequestJudgement, G4_43_TheSameHeartbeatTwiceOrOutOfOrderHasOneEffect) {
  Store store;
  const auto fifth = signed_request(SignatureTag::heartbeat, 5);
  const auto sixth = signed_request(SignatureTag::heartbeat, 6);
  EXPECT_TRUE(store.take(sixth).accepted);
  for (const Signed* late : {&sixth, &fifth, &sixth}) {
    const auto judgement = store.take(*late);
    ASSERT_TRUE(judgement.refused);
    EXPECT_EQ(judgement.refused->error.code, base::ErrorCode::replayed);
    EXPECT_EQ(judgement.refused->facts.last_sequence, 6);
  }
  EXPECT_EQ(store.effects, 1);
  EXPECT_TRUE(store.take(signed_request(SignatureTag::heartbeat, 7)).accepted);
  EXPECT_EQ(store.effects, 2);
  EXPECT_EQ(store.node.last_sequence, 7);
}

TEST(RequestJudgement, G4_43_ARestoredNodeGoesOnAboveWhatWasUsed) {
  EXPECT_EQ(next_sequence(0, kNowMs), kNowMs);
  EXPECT_EQ(next_sequence(kNowMs, kNowMs), kNowMs + 1);
  EXPECT_EQ(next_sequence(kNowMs + 50, kNowMs), kNowMs + 51);
  // A backup of yesterday: above all that was used since, as long as no more than one a
  // millisecond.
  const auto used = next_sequence(next_sequence(0, kNowMs), kNowMs);
  EXPECT_GT(next_sequence(0, kNowMs + 60'000), used);
  EXPECT_EQ(next_sequence(0, -5), 1);
  EXPECT_EQ(next_sequence(kMaxSequence, kNowMs), kMaxSequence);
}

TEST(RequestJudgement, G4_44_ASignatureForOnePurposeIsWorthlessForAnother) {
  const auto sent = signed_request(SignatureTag::heartbeat, 1);
  for (std::size_t i = 0; i < kSignatureTags; ++i) {
    const auto tag = static_cast<SignatureTag>(i);
    const auto request = verified(sent, tag);
    EXPECT_EQ(request.ok(), tag == SignatureTag::heartbeat);
    if (!request.ok()) {
      EXPECT_EQ(request.error().code, base::ErrorCode::invalid_signature);
    }
  }
  // The lasting documents are apart from each other, too.
  const auto statement_text = encode_enrollment(statement(), node());
  EXPECT_FALSE(read_command_result(statement_text, node().public_key()).ok());
  EXPECT_FALSE(
      decode_enrollment(
          sign_command_result(result_of(failure(), CommandKind::runtime_probe), node()), kNowMs)
          .ok());
}

TEST(RequestJudgement, G4_45_AnotherAudienceIsRefusedWithItsOwnCode) {
  const auto test_network = ControlPlaneIdentity::generate(base::system_random());
  const auto sent = signed_request(SignatureTag::heartbeat, 1, kNowSeconds, test_network.id());
  const auto request = verified(sent, SignatureTag::heartbeat);
  ASSERT_FALSE(request.ok());
  EXPECT_EQ(request.error().code, base::ErrorCode::wrong_audience);
  EXPECT_NE(request.error().detail.find(control_plane().id().text()), std::string::npos);
}

TEST(RequestJudgement, G4_46_ASkewedClockIsNamedAndTheNodeGoesOn) {
  for (const std::int64_t skew : {-600, -301, 301, 600, 315'360'000}) {
    const auto sent = signed_request(SignatureTag::heartbeat, 1, kNowSeconds + skew);
    auto request = verified(sent, SignatureTag::heartbeat);
    ASSERT_FALSE(request.ok());
    const auto refusal =
        signature_refusal(std::move(request).error(), sent.received(), kNowSeconds);
    EXPECT_EQ(refusal.error.code, base::ErrorCode::clock_skew);
    EXPECT_EQ(refusal.facts.skew_seconds, skew);
    EXPECT_EQ(refusal.facts.server_time_ms, kNowSeconds * 1000);
    // The node reads the answer, corrects itself and is let in.
    const auto told =
        read_managed_error(401, managed_error_body(refusal.error, refusal.facts, ""), "");
    ASSERT_TRUE(told.facts.skew_seconds);
    EXPECT_TRUE(told.retriable);
    const auto again =
        signed_request(SignatureTag::heartbeat, 1, kNowSeconds + skew - *told.facts.skew_seconds);
    EXPECT_TRUE(verified(again, SignatureTag::heartbeat).ok());
  }
  for (const std::int64_t skew : {-300, -120, 120, 300})
    EXPECT_TRUE(verified(signed_request(SignatureTag::heartbeat, 1, kNowSeconds + skew),
                         SignatureTag::heartbeat)
                    .ok());
}

TEST(RequestJudgement, G4_46_AClockThatJumpsBackDoesNotStopTheSequence) {
  Store store;
  std::int64_t last = 0;
  for (const std::int64_t wall : {kNowMs, kNowMs - 7'200'000, kNowMs - 7'199'000, kNowMs + 1}) {
    last = next_sequence(last, wall);
    EXPECT_TRUE(store.take(signed_request(SignatureTag::heartbeat, last)).accepted) << wall;
  }
}

// The control plane consumes the challenge; here the statement holds what it must compare.
TEST(RequestJudgement, G4_47_AStatementIsBoundToItsChallengeKeyAndControlPlane) {
  const auto read = decode_enrollment(encode_enrollment(statement(), node()), kNowMs);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->challenge_nonce, challenge().nonce);
  EXPECT_EQ(read->challenge_id, challenge().challenge_id);
  EXPECT_EQ(read->control_plane_id, challenge().control_plane_id);
  EXPECT_EQ(read->node_id, challenge().node_id);
  EnrollmentStatement other = statement();
  other.challenge_nonce[0] ^= 1;
  EXPECT_NE(decode_enrollment(encode_enrollment(other, node()), kNowMs)->challenge_nonce,
            challenge().nonce);
}

TEST(RequestJudgement, G4_48_ASignatureWithSPlusLIsRefused) {
  auto sent = signed_request(SignatureTag::heartbeat, 1);
  const std::string text = sent.headers.signature.substr(6, sent.headers.signature.size() - 7);
  auto raw = base::from_base64(text).value();
  // S + L, with the same R: the same point, another spelling (RFC 8032 section 5.1.7).
  constexpr std::string_view kL =
      "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
  const auto order = base::from_hex(kL).value();
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += raw[32 + i] + order[i];
    raw[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  sent.headers.signature = "b3iq=:" + base::to_base64(raw) + ":";
  EXPECT_EQ(verified(sent, SignatureTag::heartbeat).error().code,
            base::ErrorCode::invalid_signature);
  // A key of small order signs for nobody.
  const auto clean = signed_request(SignatureTag::heartbeat, 1);
  EXPECT_FALSE(verify_request(clean.request(), clean.received(),
                              {SignatureTag::heartbeat, control_plane().id(), kNowSeconds},
                              crypto::Ed25519PublicKey{})
                   .ok());
}

TEST(RequestJudgement, G4_49_OneFormOfEachDocumentIsSigned) {
  const auto body = encode_transport_key_binding(binding());
  const auto document = json::Document::parse(body);
  EXPECT_EQ(json::canonical(document->root()).value(), body);
  for (const auto& text :
       {encode_enrollment(statement(), node()), encode_challenge(challenge(), control_plane()),
        sign_command_result(result_of(all_outcomes()[0], CommandKind::benchmark_smoke), node()),
        canonical_inventory(inventory()), canonical_readiness(readiness())}) {
    EXPECT_EQ(canonical_text(text), text);
  }
  std::string real = encode_heartbeat(heartbeat());
  real.insert(real.find("\"queue_depth\":3") + 15, ".0");
  EXPECT_FALSE(decode_heartbeat(real).ok());
  std::string twice = encode_heartbeat(heartbeat());
  twice.insert(1, "\"queue_depth\":3,");
  EXPECT_EQ(decode_heartbeat(twice).error().code, base::ErrorCode::invalid_json);
}

TEST(RequestJudgement, G9_110_ANodeSpeaksForItselfAlone) {
  const auto request =
      verified(signed_request(SignatureTag::heartbeat, 1), SignatureTag::heartbeat);
  const auto other = NodeIdentity::generate(base::system_random());
  const StoredNode stored;
  const auto judgement = judge_request(*request, {other.node_id(), kBootEpoch}, &stored);
  ASSERT_TRUE(judgement.refused && !judgement.accepted);
  EXPECT_EQ(judgement.refused->error.code, base::ErrorCode::not_enrolled);
}

TEST(RequestJudgement, StandingComesBeforeSequence) {
  const auto request =
      verified(signed_request(SignatureTag::heartbeat, 1), SignatureTag::heartbeat);
  const RequestFacts facts{node().node_id(), kBootEpoch};
  EXPECT_EQ(judge_request(*request, facts, nullptr).refused->error.code,
            base::ErrorCode::not_enrolled);
  StoredNode stored{NodeStanding::suspended, 9, 0};
  EXPECT_EQ(judge_request(*request, facts, &stored).refused->error.code,
            base::ErrorCode::node_suspended);
  stored.standing = NodeStanding::removed;
  EXPECT_EQ(judge_request(*request, facts, &stored).refused->error.code,
            base::ErrorCode::node_removed);
  stored.standing = NodeStanding::enrolled;
  EXPECT_EQ(judge_request(*request, facts, &stored).refused->error.code, base::ErrorCode::replayed);
  for (std::size_t i = 0; i < kNodeStandings; ++i) {
    const auto standing = static_cast<NodeStanding>(i);
    EXPECT_EQ(node_standing_from_name(wire_name(standing)), standing);
  }
}

TEST(RequestJudgement, OfTwoMachinesWithOneIdentityTheNewestWins) {
  Store store;
  auto judgement = store.take(signed_request(SignatureTag::heartbeat, 1), 100);
  ASSERT_TRUE(judgement.accepted);
  EXPECT_TRUE(judgement.accepted->new_boot_epoch);
  judgement = store.take(signed_request(SignatureTag::heartbeat, 2), 100);
  EXPECT_FALSE(judgement.accepted->new_boot_epoch);
  judgement = store.take(signed_request(SignatureTag::heartbeat, 3), 200);
  EXPECT_TRUE(judgement.accepted->new_boot_epoch);
  judgement = store.take(signed_request(SignatureTag::heartbeat, 4), 100);
  ASSERT_TRUE(judgement.refused);
  EXPECT_EQ(judgement.refused->error.code, base::ErrorCode::identity_superseded);
  // A message without an epoch changes none.
  judgement = store.take(signed_request(SignatureTag::heartbeat, 5), std::nullopt);
  EXPECT_TRUE(judgement.accepted);
  EXPECT_EQ(store.node.boot_epoch, 200);
}

}  // namespace
}  // namespace b3iq::protocol

#include "protocol/messages/enrollment.h"

#include <gtest/gtest.h>

#include "protocol/document_writer.h"
#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

// Signs a damaged document again, so that only the damage can be what is refused.
std::string resigned(std::string_view type, const std::string& body,
                     const crypto::Ed25519SecretKey& key) {
  auto document = json::Document::parse(body);
  if (!document.ok() || document->root().find("type").string() != type) return body;
  const auto canonical = json::canonical(document->root());
  return canonical.ok() ? signed_text(type, body, key) : body;
}
crypto::Ed25519SecretKey node_key() {
  return crypto::Ed25519SecretKey::from_seed(bytes_of_hex<32>(kNodeSeed));
}

TEST(ChallengeRequest, WhatIsWrittenIsRead) {
  const auto read = decode_challenge_request(encode_challenge_request(challenge_request()));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->node_id, node().node_id());
  EXPECT_EQ(read->public_key, node().public_key());
  EXPECT_EQ(read->enrollment_token.reveal_text(), enrollment_token());
  ChallengeRequest again = challenge_request();
  again.enrollment_token = crypto::Secret();
  const auto body = encode_challenge_request(again);
  EXPECT_EQ(body.find("enrollment_token"), std::string::npos);
  EXPECT_TRUE(decode_challenge_request(body)->enrollment_token.empty());
}

TEST(ChallengeRequest, RefusesDamage) {
  expect_refuses_damage(
      encode_challenge_request(challenge_request()), {.optional = {"enrollment_token"}},
      [](const std::string& body) { return decode_challenge_request(body).ok(); });
}

TEST(ChallengeRequest, RefusesAnIdOfAnotherKeyAndABrokenToken) {
  ChallengeRequest request = challenge_request();
  request.node_id = NodeIdentity::generate(base::system_random()).node_id();
  EXPECT_EQ(decode_challenge_request(encode_challenge_request(request)).error().param, "node_id");
  request = challenge_request();
  request.enrollment_token = crypto::Secret(enrollment_token().substr(0, 40));
  EXPECT_EQ(decode_challenge_request(encode_challenge_request(request)).error().code,
            base::ErrorCode::enrollment_token_invalid);
  EXPECT_EQ(decode_challenge_request(std::string(kMaxChallengeRequestBytes + 1, ' ')).error().code,
            base::ErrorCode::payload_too_large);
}

TEST(Challenge, IsSignedByTheControlPlaneThatItNames) {
  const auto read = decode_challenge(encode_challenge(challenge(), control_plane()));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->challenge_id, challenge().challenge_id);
  EXPECT_EQ(read->nonce, challenge().nonce);
  EXPECT_EQ(read->control_plane_id, control_plane().id());
  EXPECT_EQ(read->control_plane_key, control_plane().public_key());
  EXPECT_EQ(read->node_id, node().node_id());
  EXPECT_EQ(read->expires_at_ms, kNowMs + kChallengeLifeMs);
  EXPECT_EQ(read->server_time_ms, kNowMs);
}

TEST(Challenge, RefusesDamageButTakesNewMembers) {
  const auto key = crypto::Ed25519SecretKey::from_seed(bytes_of_hex<32>(kControlPlaneSeed));
  const auto body = encode_challenge(challenge(), control_plane());
  const std::string unsigned_body = changed(body, "signature_ed25519", nullptr);
  expect_refuses_damage(unsigned_body, {.takes_unknown = true}, [&](const std::string& damaged) {
    return decode_challenge(resigned(kChallengeType, damaged, key)).ok();
  });
  EXPECT_EQ(decode_challenge(unsigned_body).error().code, base::ErrorCode::invalid_signature);
}

// CASES G4 #45: who holds another key cannot speak for this control plane.
TEST(Challenge, G4_45_AnotherKeyCannotSpeakForThisControlPlane) {
  const auto other = ControlPlaneIdentity::generate(base::system_random());
  const std::string id = "\"" + control_plane().id().text() + "\"";
  const auto forged =
      resigned(kChallengeType,
               changed(encode_challenge(challenge(), other), "control_plane_id", &id), other.key());
  EXPECT_EQ(decode_challenge(forged).error().code, base::ErrorCode::invalid_signature);
}

TEST(Enrollment, WhatIsWrittenIsRead) {
  const auto read = decode_enrollment(encode_enrollment(statement(), node()), kNowMs);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->challenge_id, statement().challenge_id);
  EXPECT_EQ(read->challenge_nonce, statement().challenge_nonce);
  EXPECT_EQ(read->control_plane_id, control_plane().id());
  EXPECT_EQ(read->node_id, node().node_id());
  EXPECT_EQ(read->public_key, node().public_key());
  EXPECT_EQ(read->agent_version, "0.5.0");
  EXPECT_EQ(read->boot_epoch, kBootEpoch);
  EXPECT_EQ(encode_transport_key_binding(read->transport_key),
            encode_transport_key_binding(binding()));
}

TEST(Enrollment, RefusesDamage) {
  const std::string body =
      changed(encode_enrollment(statement(), node()), "signature_ed25519", nullptr);
  expect_refuses_damage(body, {}, [](const std::string& damaged) {
    return decode_enrollment(resigned(kEnrollmentType, damaged, node_key()), kNowMs).ok();
  });
  EXPECT_EQ(decode_enrollment(body, kNowMs).error().param, "signature_ed25519");
}

TEST(Enrollment, RefusesAnotherSignerAndAnothersTransportKey) {
  const auto other = NodeIdentity::generate(base::system_random());
  const auto other_key = crypto::Ed25519SecretKey::generate(base::system_random());
  const auto body = encode_enrollment(statement(), node());
  EXPECT_EQ(decode_enrollment(signed_text(kEnrollmentType, body, other_key), kNowMs).error().code,
            base::ErrorCode::invalid_signature);
  EnrollmentStatement foreign = statement();
  foreign.transport_key =
      bind_transport_key(other, transport_key().public_key(), kNowMs, 86'400'000);
  EXPECT_EQ(decode_enrollment(encode_enrollment(foreign, node()), kNowMs).error().code,
            base::ErrorCode::invalid_signature);
  EXPECT_EQ(decode_enrollment(body, kNowMs + std::int64_t{91} * 86'400'000).error().param,
            "not_after");
}

// CASES G4 #49 for a signed statement.
TEST(Enrollment, G4_49_OnlyTheSpellingMayDiffer) {
  const auto body = encode_enrollment(statement(), node());
  std::string spaced;
  bool in_text = false;
  for (const char c : body) {
    if (c == '"') in_text = !in_text;
    spaced.push_back(c);
    if (!in_text && (c == ',' || c == ':')) spaced.push_back(' ');
  }
  EXPECT_TRUE(decode_enrollment(spaced, kNowMs).ok());
  const auto at = body.find("\"boot_epoch\":") + 13;
  std::string real = body;
  real.insert(body.find_first_of(",}", at), ".0");
  EXPECT_FALSE(decode_enrollment(real, kNowMs).ok());
}

TEST(EnrollmentAnswer, WhatIsWrittenIsReadAndDamageRefused) {
  const auto secret = master().derive(node().node_id(), 1);
  const auto sealed = seal_router_secret(secret, transport_key().public_key()).value();
  const auto body = encode_enrollment_answer(enrollment_answer(sealed));
  const auto read = decode_enrollment_answer(body);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->heartbeat_interval_ms, 15'000);
  EXPECT_EQ(read->server_time_ms, kNowMs);
  EXPECT_EQ(read->router_key_id, router_key_id_of(node().node_id(), 1));
  EXPECT_EQ(read->command_cursor, 7);
  EXPECT_FALSE(read->re_enrolled);
  const auto opened = open_router_secret(read->router_secret_sealed, transport_key());
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(base::equal_constant_time(opened->reveal(), secret.reveal()));
  expect_refuses_damage(body, {.takes_unknown = true}, [](const std::string& damaged) {
    return decode_enrollment_answer(damaged).ok();
  });
}

TEST(BootEpoch, RisesEvenWhenTheClockStepsBack) {
  const auto first = next_boot_epoch(0, kNowMs);
  EXPECT_EQ(first, kNowMs * 1000);
  EXPECT_EQ(next_boot_epoch(first, kNowMs - 86'400'000), first + 1);
  EXPECT_EQ(next_boot_epoch(first, kNowMs + 1), (kNowMs + 1) * 1000);
  EXPECT_EQ(next_boot_epoch(0, -5), 1000);
  EXPECT_EQ(next_boot_epoch(kMaxBootEpoch, kNowMs), kMaxBootEpoch);
}

TEST(AgentVersion, HasOneForm) {
  for (std::string_view good : {"1", "0.5.0", "1.2.3-rc.1+build_7"})
    EXPECT_TRUE(valid_agent_version(good)) << good;
  for (std::string_view bad : {"", "a b", "1/2", "\xC3\xA9", "1\n"})
    EXPECT_FALSE(valid_agent_version(bad)) << bad;
  EXPECT_TRUE(valid_agent_version(std::string(32, '1')));
  EXPECT_FALSE(valid_agent_version(std::string(33, '1')));
}

TEST(Unenroll, WhatIsWrittenIsReadAndDamageRefused) {
  const auto body = encode_unenroll({kBootEpoch});
  EXPECT_EQ(decode_unenroll(body)->boot_epoch, kBootEpoch);
  expect_refuses_damage(body, {},
                        [](const std::string& damaged) { return decode_unenroll(damaged).ok(); });
  const auto answer = encode_unenroll_answer({kNowMs});
  EXPECT_EQ(decode_unenroll_answer(answer)->server_time_ms, kNowMs);
  expect_refuses_damage(answer, {.takes_unknown = true}, [](const std::string& damaged) {
    return decode_unenroll_answer(damaged).ok();
  });
}

TEST(ManagedPaths, AreThoseOfTheProtocol) {
  const std::string id = node().node_id().text();
  EXPECT_EQ(heartbeats_path(node().node_id()), "/v1/nodes/" + id + "/heartbeats");
  EXPECT_EQ(inventory_path(node().node_id()), "/v1/nodes/" + id + "/inventory");
  EXPECT_EQ(poll_path(node().node_id()), "/v1/nodes/" + id + "/commands/poll");
  EXPECT_EQ(unenroll_path(node().node_id()), "/v1/nodes/" + id + "/unenroll");
  EXPECT_EQ(result_path(node().node_id(), command_id()),
            "/v1/nodes/" + id + "/commands/" + command_id().text() + "/result");
}

}  // namespace
}  // namespace b3iq::protocol

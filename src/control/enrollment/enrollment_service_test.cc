// Enrollment over the routes, on every database.
#include <gtest/gtest.h>

#include "control/testing/control_fixture.h"
#include "crypto/secret_token.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using protocol::SignatureTag;

class EnrollmentTest : public ControlTest {
 protected:
  protocol::Challenge challenge(const TestNode& node, const std::string& token) {
    const auto answer = send(node.challenge_request(token));
    EXPECT_EQ(answer.status, 200) << answer.body;
    auto decoded = protocol::decode_challenge(answer.body);
    EXPECT_TRUE(decoded.ok());
    return *decoded;
  }
  NodeDetails details(const TestNode& node) {
    auto found = run(app().nodes().get(node.id()));
    EXPECT_TRUE(found.ok());
    return *found;
  }
};

TEST_P(EnrollmentTest, ATokenAndASignedStatementEnroll) {
  TestNode node(clock_);
  const auto answer = enroll_with(node, new_token({"lab", "eu"}));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto enrolled = protocol::decode_enrollment_answer(answer.body);
  ASSERT_TRUE(enrolled.ok());
  EXPECT_EQ(enrolled->heartbeat_interval_ms, kHeartbeatIntervalMs);
  EXPECT_FALSE(enrolled->re_enrolled);
  const auto secret =
      protocol::open_router_secret(enrolled->router_secret_sealed, node.transport_key);
  EXPECT_TRUE(secret.ok());
  const auto stored = details(node);
  EXPECT_EQ(stored.summary.standing, NodeStanding::enrolled);
  EXPECT_EQ(stored.summary.tags, (std::vector<std::string>{"lab", "eu"}));
  ASSERT_EQ(stored.transport_keys.size(), 1U);
  EXPECT_EQ(stored.transport_keys[0].key_id, node.transport_key.key_id());
  EXPECT_EQ(audited(node.id().text()), std::vector<std::string>{"node.enrolled"});
}

TEST_P(EnrollmentTest, UnknownUsedRevokedAndExpiredTokensHaveOneText) {
  TestNode first(clock_);
  const auto used = new_token();
  ASSERT_EQ(enroll_with(first, used).status, 200);
  TestNode node(clock_);
  const auto expired = new_token();
  clock_.advance_ms(kDefaultTokenLifeMs + 1);
  auto revoked = run(app().tokens().create({}, "operator"));
  ASSERT_TRUE(run(app().tokens().revoke(revoked->token.id, "operator")).ok());
  const auto unknown = crypto::make_secret_token(crypto::kEnrollTokenPrefix, base::system_random());
  std::string text;
  for (const auto& token : {used, expired, std::string(revoked->secret.reveal_text()),
                            std::string(unknown.reveal_text())}) {
    const auto answer = send(node.challenge_request(token));
    EXPECT_EQ(answer.code(), ErrorCode::enrollment_token_invalid);
    if (text.empty()) text = answer.error().detail;
    EXPECT_EQ(answer.error().detail, text);
  }
}

TEST_P(EnrollmentTest, G4_47_AChallengeIsUsedOnceAndOnlyByItsKeyInItsTime) {
  TestNode node(clock_);
  const auto token = new_token();
  const auto given = challenge(node, token);
  // Issued to another key.
  TestNode thief(clock_);
  EXPECT_EQ(send(thief.enrollment_request(given)).code(), ErrorCode::invalid_signature);
  // Another nonce.
  auto bent = given;
  bent.nonce[0] ^= 1;
  EXPECT_EQ(send(node.enrollment_request(bent)).code(), ErrorCode::invalid_signature);
  // In time, once; what was refused has used nothing up.
  ASSERT_EQ(send(node.enrollment_request(given)).status, 200);
  node.boot_epoch = 2;  // another statement than the one that was answered
  EXPECT_EQ(send(node.enrollment_request(given)).code(), ErrorCode::challenge_expired);
  // Too old.
  TestNode late(clock_);
  const auto old = challenge(late, new_token());
  clock_.advance_ms(protocol::kChallengeLifeMs);
  EXPECT_EQ(send(late.enrollment_request(old)).code(), ErrorCode::challenge_expired);
}

TEST_P(EnrollmentTest, G4_47_OneOfManyStatementsOverOneChallengeAtOnceEnrolls) {
  TestNode node(clock_);
  const auto given = challenge(node, new_token());
  std::vector<TestRequest> requests;
  for (int i = 0; i < 8; ++i) {
    node.boot_epoch = i + 1;  // eight different statements
    requests.push_back(node.enrollment_request(given));
  }
  int enrolled = 0;
  for (const auto& answer : send_all(requests)) enrolled += answer.status == 200 ? 1 : 0;
  EXPECT_EQ(enrolled, 1);
  EXPECT_EQ(audited(node.id().text()).size(), 1U);
}

TEST_P(EnrollmentTest, G9_109_OneTokenUsedByTwoNodesAtOnceEnrollsOne) {
  const auto token = new_token();
  std::vector<TestNode> nodes;
  std::vector<TestRequest> requests;
  for (int i = 0; i < 6; ++i) nodes.emplace_back(clock_);
  for (auto& node : nodes) requests.push_back(node.enrollment_request(challenge(node, token)));
  int enrolled = 0;
  for (const auto& answer : send_all(requests)) {
    if (answer.status == 200) {
      ++enrolled;
    } else {
      EXPECT_EQ(answer.code(), ErrorCode::enrollment_token_invalid);
    }
  }
  EXPECT_EQ(enrolled, 1);
  EXPECT_EQ(run(app().nodes().counts())->enrolled, 1);
}

TEST_P(EnrollmentTest, AStatementWhoseAnswerWasLostIsAnsweredAlike) {
  TestNode node(clock_);
  const auto given = challenge(node, new_token());
  const auto request = node.enrollment_request(given);
  const auto first = send(request);
  ASSERT_EQ(first.status, 200);
  // The bytes again: a replay. Signed again: the same statement.
  EXPECT_EQ(send(request).code(), ErrorCode::replayed);
  const auto again =
      send(node.sign(SignatureTag::enroll, http::Method::post,
                     std::string(protocol::kEnrollmentPath), request.body, audience()));
  ASSERT_EQ(again.status, 200) << again.body;
  const auto a = protocol::decode_enrollment_answer(first.body);
  const auto b = protocol::decode_enrollment_answer(again.body);
  EXPECT_EQ(a->router_key_id, b->router_key_id);
  EXPECT_EQ(a->re_enrolled, b->re_enrolled);
  EXPECT_EQ(audited(node.id().text()).size(), 1U);
}

TEST_P(EnrollmentTest, AKnownNodeKeepsItsIdHistoryAndTagsAndBindsANewKey) {
  auto node = enrolled_node({"lab"});
  const auto enrolled_at = details(node).summary.enrolled_at_ms;
  ASSERT_EQ(heartbeat(node).status, 200);
  clock_.advance_ms(3'600'000);
  node.transport_key = protocol::TransportKey::generate(base::system_random());
  const auto answer = enroll_with(node, "");  // an enrolled node needs no token
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(protocol::decode_enrollment_answer(answer.body)->re_enrolled);
  const auto stored = details(node);
  EXPECT_EQ(stored.summary.enrolled_at_ms, enrolled_at);
  EXPECT_EQ(stored.summary.last_enrolled_at_ms, clock_.wall_ms());
  EXPECT_EQ(stored.summary.tags, std::vector<std::string>{"lab"});
  ASSERT_EQ(stored.transport_keys.size(), 2U);
  EXPECT_EQ(stored.transport_keys[0].key_id, node.transport_key.key_id());
  EXPECT_EQ(audited(node.id().text()),
            (std::vector<std::string>{"node.enrolled", "node.enrolled_again"}));
}

TEST_P(EnrollmentTest, ASuspendedNodeStaysSuspendedAndARemovedOneComesBackWithATokenAlone) {
  auto node = enrolled_node();
  ASSERT_TRUE(run(app().nodes().suspend(node.id(), "late", "operator")).ok());
  EXPECT_EQ(enroll_with(node, new_token()).code(), ErrorCode::node_suspended);
  ASSERT_TRUE(run(app().nodes().remove(node.id(), "gone", "operator")).ok());
  EXPECT_EQ(enroll_with(node, "").code(), ErrorCode::node_removed);
  EXPECT_EQ(heartbeat(node).code(), ErrorCode::node_removed);
  ASSERT_EQ(enroll_with(node, new_token()).status, 200);
  EXPECT_EQ(heartbeat(node).status, 200);
}

TEST_P(EnrollmentTest, AStrangerWithoutATokenGetsNoChallenge) {
  TestNode node(clock_);
  EXPECT_EQ(enroll_with(node, "").code(), ErrorCode::not_enrolled);
}

TEST_P(EnrollmentTest, OfTooManyChallengesTheOldestMakesRoomForTheNewest) {
  TestNode node(clock_);
  const auto token = new_token();
  const auto oldest = challenge(node, token);
  clock_.advance_ms(1);
  const auto second = challenge(node, token);
  clock_.advance_ms(1);
  for (int i = 1; i < kMaxOpenChallenges; ++i) challenge(node, token);
  EXPECT_EQ(send(node.enrollment_request(oldest)).code(), ErrorCode::challenge_expired);
  EXPECT_EQ(send(node.enrollment_request(second)).status, 200);
}

TEST_P(EnrollmentTest, StrangersWhoAskInANodesNameDoNotKeepItFromEnrollingAgain) {
  auto node = enrolled_node();
  const auto before = challenge(node, "");
  node.boot_epoch = 2;
  ASSERT_EQ(send(node.enrollment_request(before)).status, 200);
  for (int i = 0; i < 2 * kMaxOpenChallenges; ++i) challenge(node, "");
  EXPECT_EQ(send(node.enrollment_request(before)).status, 200)
      << "a repeat of the used one still has its answer";
  node.boot_epoch = 3;
  EXPECT_EQ(enroll_with(node, "").status, 200);
}

TEST_P(EnrollmentTest, ASweepForgetsWhatIsOfNoUse) {
  TestNode node(clock_);
  const auto token = new_token();
  challenge(node, token);
  ASSERT_EQ(run(app().tokens().list({}))->size(), 1U);
  clock_.advance_ms(kDefaultTokenLifeMs + kTokenKeptMs + 1);
  ASSERT_TRUE(run(app().enrollments().sweep()).ok());
  EXPECT_TRUE(run(app().tokens().list({}))->empty());
}

B3_ON_EVERY_DATABASE(EnrollmentTest);

}  // namespace
}  // namespace b3iq::control

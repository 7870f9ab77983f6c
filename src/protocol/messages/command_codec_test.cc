#include "protocol/messages/command.h"

#include <gtest/gtest.h>

#include "protocol/document_writer.h"
#include "protocol/messages/changed_json.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

TEST(Command, EveryKindHasANameAndTypedArguments) {
  const auto all = all_arguments();
  ASSERT_EQ(all.size(), kCommandKinds);
  for (std::size_t i = 0; i < kCommandKinds; ++i) {
    const auto kind = static_cast<CommandKind>(i);
    SCOPED_TRACE(wire_name(kind));
    EXPECT_EQ(command_kind_from_name(wire_name(kind)), kind);
    EXPECT_EQ(kind_of(all[i]), kind);
    const auto text = encode_arguments(all[i]);
    const auto read = decode_arguments(kind, text);
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(kind_of(*read), kind);
    EXPECT_EQ(encode_arguments(*read), text);
    if (text == "{}") {
      EXPECT_FALSE(decode_arguments(kind, R"({"x":1})").ok());
      EXPECT_FALSE(decode_arguments(kind, "[]").ok());
    } else {
      expect_refuses_damage(
          text, {.optional = {"envelope.aad_hash"}, .any_text = {"envelope.ciphertext"}},
          [&](const std::string& body) { return decode_arguments(kind, body).ok(); });
    }
  }
  EXPECT_FALSE(command_kind_from_name("shell"));
}

// No kind has a place for a shell, a path or an address (PROTOCOL section 5).
TEST(Command, G9_NoArgumentTakesAPathOrAnAddress) {
  for (std::string_view bad : {"/etc/passwd", "../x", "http://x/y", "localhost:11434", "a b", "a;b",
                               "C:x", "$(x)", "x\\y"}) {
    std::string escaped;
    json::append_string(escaped, bad);
    EXPECT_FALSE(
        decode_arguments(CommandKind::model_install, "{\"catalogue_id\":" + escaped + "}").ok())
        << bad;
    EXPECT_FALSE(decode_arguments(CommandKind::model_remove, "{\"model_id\":" + escaped + "}").ok())
        << bad;
  }
  EXPECT_TRUE(valid_catalogue_id("llama3.1-8b"));
  EXPECT_FALSE(valid_catalogue_id("a..b"));
  EXPECT_FALSE(valid_catalogue_id(std::string(65, 'a')));
}

TEST(CommandState, HasOneTransitionFunction) {
  using S = CommandState;
  using E = CommandEvent;
  struct Step {
    S from;
    E event;
    S to;
  };
  const std::vector<Step> allowed = {
      {S::queued, E::lease, S::leased},     {S::leased, E::renew, S::leased},
      {S::leased, E::lapse, S::queued},     {S::leased, E::succeed, S::succeeded},
      {S::leased, E::fail, S::failed},      {S::queued, E::cancel, S::cancelled},
      {S::leased, E::cancel, S::cancelled}, {S::queued, E::expire, S::expired},
      {S::leased, E::expire, S::expired},   {S::failed, E::retry, S::queued},
      {S::cancelled, E::retry, S::queued},  {S::expired, E::retry, S::queued}};
  for (std::size_t s = 0; s < kCommandStates; ++s) {
    for (std::size_t e = 0; e < kCommandEvents; ++e) {
      const auto from = static_cast<S>(s);
      const auto event = static_cast<E>(e);
      std::optional<S> expected;
      for (const Step& step : allowed) {
        if (step.from == from && step.event == event) expected = step.to;
      }
      EXPECT_EQ(next_state(from, event), expected) << wire_name(from) << " " << e;
    }
    const auto state = static_cast<S>(s);
    EXPECT_EQ(command_state_from_name(wire_name(state)), state);
    EXPECT_EQ(is_terminal(state), s >= 2);
  }
}

TEST(LeaseToken, ReadsBack) {
  const auto token = LeaseToken::make(base::system_random());
  EXPECT_EQ(token.text().size(), 22u);
  EXPECT_EQ(LeaseToken::parse(token.text()), token);
  EXPECT_FALSE(LeaseToken::make(base::system_random()) == token);
  EXPECT_FALSE(LeaseToken::parse(""));
  EXPECT_FALSE(LeaseToken::parse(token.text() + "A"));
}

std::string resigned(const std::string& body) {
  auto document = json::Document::parse(body);
  if (!document.ok() || document->root().find("type").string() != kCommandResultType) return body;
  return json::canonical(document->root()).ok() ? signed_text(kCommandResultType, body, node())
                                                : body;
}

TEST(CommandResult, EveryOutcomeReadsBackAndDamageIsRefused) {
  const auto all = all_outcomes();
  ASSERT_EQ(all.size(), kCommandKinds);
  const std::string r = "result.";
  const MessageRules rules{
      .optional = {"result.envelope.aad_hash"},
      .nullable = {r + "first_token_ms", r + "decode_millitokens_per_second", r + "latency_ms",
                   r + "receipt", r + "receipt.policy_version"},
      .any_text = {"result.envelope.ciphertext"}};
  for (const CommandOutcome& outcome : all) {
    SCOPED_TRACE(wire_name(kind_of(outcome)));
    const auto document = sign_command_result(result_of(outcome, kind_of(outcome)), node());
    const auto read = read_command_result(document, node().public_key());
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_TRUE(read->succeeded());
    EXPECT_EQ(read->kind, kind_of(outcome));
    EXPECT_EQ(read->completed_at_ms, kNowMs + 2'333);
    EXPECT_EQ(sign_command_result(*read, node()), document);
    expect_refuses_damage(changed(document, "signature_ed25519", nullptr), rules,
                          [](const std::string& body) {
                            return read_command_result(resigned(body), node().public_key()).ok();
                          });
  }
}

TEST(CommandResult, AFailureReadsBackAndDamageIsRefused) {
  const auto document =
      sign_command_result(result_of(failure(), CommandKind::model_install), node());
  const auto read = read_command_result(document, node().public_key());
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_FALSE(read->succeeded());
  EXPECT_EQ(std::get<CommandFailure>(read->outcome).code, base::ErrorCode::insufficient_memory);
  EXPECT_EQ(std::get<CommandFailure>(read->outcome).detail, failure().detail);
  expect_refuses_damage(changed(document, "signature_ed25519", nullptr), {},
                        [](const std::string& body) {
                          return read_command_result(resigned(body), node().public_key()).ok();
                        });
  CommandFailure silent{base::ErrorCode::internal, ""};
  const auto titled =
      read_command_result(sign_command_result(result_of(silent, CommandKind::model_remove), node()),
                          node().public_key());
  ASSERT_TRUE(titled.ok());
  EXPECT_EQ(std::get<CommandFailure>(titled->outcome).detail,
            base::error_info(base::ErrorCode::internal).title);
}

TEST(CommandResult, IsWorthlessWithoutTheNodesSignature) {
  const auto result = result_of(all_outcomes()[4], CommandKind::model_remove);
  const auto document = sign_command_result(result, node());
  const auto other = NodeIdentity::generate(base::system_random());
  EXPECT_EQ(read_command_result(document, other.public_key()).error().code,
            base::ErrorCode::invalid_signature);
  const std::string flag = "false";
  EXPECT_EQ(
      read_command_result(changed(document, "result.was_installed", &flag), node().public_key())
          .error()
          .code,
      base::ErrorCode::invalid_signature);
  // Signed by the key that is looked up, but in another node's name.
  const std::string name = "\"" + other.node_id().text() + "\"";
  EXPECT_EQ(read_command_result(resigned(changed(document, "node_id", &name)), node().public_key())
                .error()
                .code,
            base::ErrorCode::invalid_signature);
}

TEST(ResultRequest, CarriesTheLeaseAndTheDocument) {
  const auto document =
      sign_command_result(result_of(all_outcomes()[0], CommandKind::benchmark_smoke), node());
  const auto body = encode_result_request(lease_token(), document);
  const auto read = decode_result_request(body, node().public_key());
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->lease_token, lease_token());
  EXPECT_EQ(read->document, document);
  EXPECT_EQ(read->document_hash, crypto::sha256(document));
  EXPECT_FALSE(
      decode_result_request(changed(body, "lease_token", nullptr), node().public_key()).ok());
  EXPECT_FALSE(
      decode_result_request(changed(body, "signed_result", nullptr), node().public_key()).ok());
  EXPECT_FALSE(decode_result_request(changed(body, "+", nullptr), node().public_key()).ok());
  // Another lease, the same document: the same hash, so a repeat is known as one.
  const auto later = decode_result_request(
      encode_result_request(LeaseToken::make(base::system_random()), document),
      node().public_key());
  EXPECT_EQ(later->document_hash, read->document_hash);
}

TEST(ResultRequest, ASealedAnswerMayBeLargeAndNoOther) {
  PrivateInferenceOutcome sealed{envelope(), receipt()};
  sealed.envelope.ciphertext.assign(kMaxSealedAnswerBytes, 7);
  const auto document = sign_command_result(
      result_of(CommandOutcome(sealed), CommandKind::private_inference), node());
  const auto body = encode_result_request(lease_token(), document);
  EXPECT_LT(body.size(), kMaxResultBytes);
  EXPECT_TRUE(decode_result_request(body, node().public_key()).ok());
  sealed.envelope.ciphertext.push_back(7);
  const auto over = sign_command_result(
      result_of(CommandOutcome(sealed), CommandKind::private_inference), node());
  EXPECT_FALSE(
      decode_result_request(encode_result_request(lease_token(), over), node().public_key()).ok());
}

// A job that was refused inside of its envelope has nothing to be paid for.
TEST(CommandResult, APrivateJobMayHaveNoReceipt) {
  const CommandOutcome outcome = PrivateInferenceOutcome{envelope(), {}};
  const auto document =
      sign_command_result(result_of(outcome, CommandKind::private_inference), node());
  EXPECT_NE(document.find(R"("receipt":null)"), std::string::npos);
  const auto read = read_command_result(document, node().public_key());
  ASSERT_TRUE(read.ok()) << read.error().detail;
  const auto& job = std::get<PrivateInferenceOutcome>(std::get<CommandOutcome>(read->outcome));
  EXPECT_FALSE(job.receipt);
  EXPECT_EQ(sign_command_result(*read, node()), document);
}

TEST(CommandResult, APrivateJobsReceiptIsTheOneThatWasSigned) {
  const CommandOutcome outcome = PrivateInferenceOutcome{envelope(), receipt()};
  const auto read = read_command_result(
      sign_command_result(result_of(outcome, CommandKind::private_inference), node()),
      node().public_key());
  ASSERT_TRUE(read.ok()) << read.error().detail;
  const auto& job = std::get<PrivateInferenceOutcome>(std::get<CommandOutcome>(read->outcome));
  ASSERT_TRUE(job.receipt);
  EXPECT_TRUE(verify_receipt(*job.receipt, node().public_key()).ok());
  EXPECT_EQ(encode_receipt(job.receipt->receipt).document,
            encode_receipt(receipt().receipt).document);
}

TEST(Command, APrivateJobHasAClassOfPrivacyAndAPolicy) {
  const auto text = encode_arguments(private_inference());
  const auto taken = [&](const std::string& member, const std::string& value) {
    return decode_arguments(CommandKind::private_inference, changed(text, member, &value)).ok();
  };
  EXPECT_FALSE(taken("privacy_class", "\"none\""));
  EXPECT_FALSE(taken("privacy_class", "\"verified_confidential_cpu\""));
  EXPECT_TRUE(taken("privacy_class", "\"private_transport\""));
  EXPECT_TRUE(taken("policy_version", "\"" + std::string(64, '7') + "\""));
  EXPECT_FALSE(taken("policy_version", "\"" + std::string(65, '7') + "\""));
  EXPECT_TRUE(taken("client_job_id", "\"" + std::string(64, 'a') + "\""));
  EXPECT_FALSE(taken("client_job_id", "\"a b\""));
}

TEST(ResultAnswer, WhatIsWrittenIsReadAndDamageRefused) {
  const auto body = encode_result_answer({command_id(), CommandState::failed});
  EXPECT_EQ(decode_result_answer(body)->state, CommandState::failed);
  EXPECT_EQ(decode_result_answer(body)->command_id, command_id());
  expect_refuses_damage(body, {.takes_unknown = true}, [](const std::string& damaged) {
    return decode_result_answer(damaged).ok();
  });
  EXPECT_FALSE(
      decode_result_answer(encode_result_answer({command_id(), CommandState::leased})).ok());
}

}  // namespace
}  // namespace b3iq::protocol

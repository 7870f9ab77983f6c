#include "protocol/messages/poll.h"

#include <gtest/gtest.h>

#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

TEST(Poll, WhatIsWrittenIsRead) {
  const auto read = decode_poll(encode_poll(poll()));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->boot_epoch, kBootEpoch);
  EXPECT_EQ(read->wait_seconds, 25);
  EXPECT_EQ(read->cursor, 7);
  EXPECT_EQ(read->max, 4);
  EXPECT_EQ(read->kinds, poll().kinds);
  ASSERT_EQ(read->held.size(), 1u);
  EXPECT_EQ(read->held[0].command_id, command_id());
  EXPECT_EQ(read->held[0].lease_token, lease_token());
  EXPECT_EQ(read->held[0].phase, CommandPhase::downloading);
  EXPECT_EQ(read->held[0].done, 1'048'576);
  EXPECT_EQ(read->held[0].total, 4'920'000'000);
}

TEST(Poll, RefusesDamage) {
  expect_refuses_damage(encode_poll(poll()), {},
                        [](const std::string& body) { return decode_poll(body).ok(); });
}

TEST(Poll, HoldsItsLimits) {
  const auto takes = [](const PollRequest& request) {
    return decode_poll(encode_poll(request)).ok();
  };
  PollRequest request = poll();
  request.wait_seconds = kMaxPollWaitSeconds + 1;
  EXPECT_FALSE(takes(request));
  request = poll();
  request.max = kMaxPolledCommands + 1;
  EXPECT_FALSE(takes(request));
  request = poll();
  request.kinds.push_back(request.kinds[0]);
  EXPECT_FALSE(takes(request));
  request = poll();
  request.held.push_back(request.held[0]);
  EXPECT_FALSE(takes(request));
  request = poll();
  request.kinds.clear();
  for (std::size_t i = 0; i < kCommandKinds; ++i)
    request.kinds.push_back(static_cast<CommandKind>(i));
  request.held.clear();
  for (std::size_t i = 0; i < kMaxHeldCommands; ++i) {
    request.held.push_back(poll().held[0]);
    request.held.back().command_id = CommandId::make(kNowMs, base::system_random());
    request.held.back().done = request.held.back().total = (std::int64_t{1} << 53) - 1;
  }
  EXPECT_TRUE(takes(request));
  EXPECT_LE(encode_poll(request).size(), kMaxPollBytes);
  request.held.push_back(poll().held[0]);
  EXPECT_FALSE(takes(request));
}

TEST(PollAnswer, EveryKindIsRead) {
  for (const CommandArguments& arguments : all_arguments()) {
    SCOPED_TRACE(wire_name(kind_of(arguments)));
    const auto read = decode_poll_answer(encode_poll_answer(poll_answer(arguments)));
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(read->server_time_ms, kNowMs);
    EXPECT_EQ(read->cursor, 8);
    ASSERT_EQ(read->commands.size(), 1u);
    const LeasedCommand& command = read->commands[0];
    EXPECT_EQ(command.command_id, command_id());
    EXPECT_EQ(encode_arguments(command.arguments), encode_arguments(arguments));
    EXPECT_EQ(command.lease_token, lease_token());
    EXPECT_EQ(command.lease_expires_at_ms, kNowMs + kDefaultLeaseMs);
    EXPECT_EQ(command.created_at_ms, kNowMs - 5'000);
    EXPECT_EQ(command.expires_at_ms, kNowMs + 3'600'000);
    EXPECT_EQ(command.attempt, 1);
    ASSERT_EQ(read->leases.size(), 1u);
    EXPECT_EQ(read->leases[0].state, LeaseState::held);
    EXPECT_EQ(read->leases[0].lease_expires_at_ms, kNowMs + kDefaultLeaseMs);
  }
}

// Damage to a command's arguments makes that command unreadable, not the answer.
bool reads_whole(const std::string& body) {
  const auto read = decode_poll_answer(body);
  return read.ok() && read->unreadable.empty() && read->skipped == 0;
}

TEST(PollAnswer, RefusesDamageButTakesNewMembers) {
  const auto body = encode_poll_answer(poll_answer(ModelRemoveArguments{"llama3.1:8b"}));
  const auto document = json::Document::parse(body);
  std::vector<std::string> paths;
  list_paths(document->root(), "", paths);
  for (const std::string& path : paths) {
    EXPECT_FALSE(reads_whole(changed(body, path, nullptr))) << path;
    for (const std::string& other :
         {std::string("null"), std::string("7.5"), std::string("\"\\u0001\""), std::string("{}"),
          "\"" + std::string(9000, 'a') + "\""})
      EXPECT_FALSE(reads_whole(changed(body, path, &other))) << path << " " << other.substr(0, 20);
  }
  for (const std::string& object : {"+", "commands[0]+", "leases[0]+"})
    EXPECT_TRUE(reads_whole(changed(body, object, nullptr))) << object;
}

TEST(PollAnswer, AnUnreadableCommandDoesNotHideTheOthers) {
  PollAnswer answer = poll_answer(ModelRemoveArguments{"llama3.1:8b"});
  answer.commands.push_back(answer.commands[0]);
  answer.commands[1].command_id = CommandId::make(kNowMs, base::system_random());
  const auto body = encode_poll_answer(answer);
  const std::string path = R"({"model_id":"/etc/passwd"})";
  const auto bad = decode_poll_answer(changed(body, "commands[0].arguments", &path));
  ASSERT_TRUE(bad.ok());
  ASSERT_EQ(bad->unreadable.size(), 1u);
  EXPECT_EQ(bad->unreadable[0].command_id, command_id());
  EXPECT_EQ(bad->unreadable[0].kind, CommandKind::model_remove);
  EXPECT_EQ(bad->unreadable[0].lease_token, lease_token());
  EXPECT_EQ(bad->unreadable[0].error.param, "model_id");
  EXPECT_EQ(bad->commands.size(), 1u);
  const std::string kind = "\"from_the_future\"";
  const auto newer = decode_poll_answer(changed(body, "commands[0].kind", &kind));
  ASSERT_TRUE(newer.ok());
  EXPECT_EQ(newer->skipped, 1);
  EXPECT_EQ(newer->commands.size(), 1u);
}

TEST(PollAnswer, ALeaseThatIsNotHeldHasNoTime) {
  PollAnswer answer = poll_answer(RuntimeProbeArguments{});
  for (const LeaseState state : {LeaseState::lost, LeaseState::cancelled, LeaseState::done}) {
    answer.leases[0].state = state;
    const auto body = encode_poll_answer(answer);
    EXPECT_EQ(json::Document::parse(body)->root().find("leases").at(0).size(), 2u);
    EXPECT_EQ(decode_poll_answer(body)->leases[0].state, state);
  }
}

TEST(PollAnswer, AnAnswerThatKeepsTheSumFits) {
  PrivateInferenceArguments sealed = private_inference();
  sealed.envelope.ciphertext.assign(kMaxSealedRequestBytes, 7);
  PollAnswer answer = poll_answer(sealed);
  std::size_t sum = encoded_bytes(answer.commands[0]);
  while (sum + encoded_bytes(answer.commands[0]) + 4096 < kMaxPollAnswerBytes) {
    answer.commands.push_back(answer.commands[0]);
    sum += encoded_bytes(answer.commands[0]);
  }
  EXPECT_GE(answer.commands.size(), 2u);
  const auto body = encode_poll_answer(answer);
  EXPECT_LE(body.size(), kMaxPollAnswerBytes);
  EXPECT_TRUE(decode_poll_answer(body).ok());
  const auto one = encode_poll_answer(poll_answer(RuntimeProbeArguments{}));
  EXPECT_LT(one.size(), encoded_bytes(poll_answer(RuntimeProbeArguments{}).commands[0]) + 300);
}

}  // namespace
}  // namespace b3iq::protocol

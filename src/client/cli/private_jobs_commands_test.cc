// private send, get, list and cancel against a control plane on real sockets.
#include <gtest/gtest.h>

#include "client/testing/command_run.h"
#include "client/testing/fake_control_plane.h"
#include "crypto/secret_token.h"

namespace b3iq::client {
namespace {

using testing::Does;
using testing::Ended;
using testing::FakeNode;
using testing::member_of;

constexpr std::string_view kBody =
    R"({"model":"m","messages":[{"role":"user","content":"Wie heisst der Fluss?"}]})";

constexpr std::string_view kStreamed =
    R"({"model":"m","stream":true,"messages":[{"role":"user","content":"Wie heisst der Fluss?"}]})";

class PrivateCommands : public ::testing::Test {
 protected:
  void serve(std::vector<Does> nodes) {
    for (const auto does : nodes) add(does, 100);
    plane_.start();
    folder_.write("token", plane_.token);
    folder_.write("body", std::string(kBody));
  }
  FakeNode& add(Does does, std::uint64_t price) {
    return *plane_.nodes.emplace_back(std::make_unique<FakeNode>(does, price));
  }
  Ended run(const std::string& command, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"private",
                                      command,
                                      "--control-plane",
                                      plane_.url(),
                                      "--customer",
                                      plane_.customer,
                                      "--home",
                                      folder_.path("home"),
                                      "--customer-token-file",
                                      folder_.path("token")};
    words.insert(words.end(), more.begin(), more.end());
    return testing::run_b3iq(words);
  }
  Ended send(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--body", folder_.path("body")});
    return run("send", more);
  }

  testing::TestFolder folder_;
  testing::FakeControlPlane plane_;
};

TEST_F(PrivateCommands, ARequestIsSentAndItsAnswerPrinted) {
  serve({Does::answers});
  const Ended sent = send({"--json", "--job", "trip-7"});
  ASSERT_EQ(sent.code, 0) << sent.error;
  EXPECT_EQ(member_of(sent.out, "status"), "completed");
  EXPECT_NE(sent.out.find("Die Aare."), std::string::npos);
  EXPECT_EQ(plane_.seen_body("trip-7"), kBody);
  EXPECT_NE(sent.error.find("is new to you"), std::string::npos) << sent.error;
  EXPECT_TRUE(folder_.files_in("home/jobs").empty()) << "the key is not needed any more";
  const Ended again = send({"--text"});
  EXPECT_EQ(again.out, "Die Aare.\n");
  EXPECT_EQ(again.error.find("is new to you"), std::string::npos) << again.error;
}

TEST_F(PrivateCommands, AStreamIsPrintedAsItComesAndItsEvidenceKept) {
  serve({Does::streams});
  folder_.write("body", std::string(kBody.substr(0, kBody.size() - 1)) + R"(,"stream":true})");
  const Ended sent = send({"--stream", "--job", "trip-7"});
  ASSERT_EQ(sent.code, 0) << sent.error;
  EXPECT_EQ(sent.out, "Die Aare.\n");
  EXPECT_EQ(plane_.streams(), 1);
  EXPECT_TRUE(folder_.files_in("home/jobs").empty());
  EXPECT_EQ(folder_.files_in("home/evidence").size(), 1u);
  plane_.server.on_loop([this] { plane_.relays = testing::Relays::cutting; });
  const Ended cut = send({"--stream"});
  ASSERT_EQ(cut.code, 0) << cut.error;
  EXPECT_EQ(cut.out, "Die Aare.\n");
  EXPECT_NE(cut.error.find("was cut"), std::string::npos) << cut.error;
  // Without one: the answer, all the same.
  plane_.server.on_loop([this] { plane_.relays = testing::Relays::nothing; });
  EXPECT_EQ(send({"--stream"}).out, "Die Aare.\n");
}

// CASES G5: cut in the middle of an event.
TEST_F(PrivateCommands, G5_NoPartOfAStreamThatWasCutIsLost) {
  serve({Does::streams});
  folder_.write("body", std::string(kStreamed));
  plane_.server.on_loop([this] {
    plane_.relays = testing::Relays::cutting;
    plane_.nodes.front()->pieces = {
        R"(data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"Die "}}]})"
        "\n\ndata: {\"id\":\"chatcmpl-1\",\"choi",
        "data: [DONE]\n\n"};
  });
  const Ended sent = send({"--stream"});
  ASSERT_EQ(sent.code, 0) << sent.error;
  EXPECT_EQ(sent.out, "Die Aare.\n");
}

TEST_F(PrivateCommands, AStreamedCallOfAToolIsPrinted) {
  serve({Does::streams, Does::answers});
  folder_.write("body", std::string(kStreamed));
  const std::string response =
      R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Ich sehe nach.",)"
      R"("tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"("finish_reason":"tool_calls"}]})";
  plane_.server.on_loop([&] {
    for (auto& node : plane_.nodes) node->response = response;
    plane_.nodes.front()->pieces = {
        R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":"Ich sehe nach."}}]})"
        "\n\n",
        R"(data: {"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t",)"
        R"("type":"function","function":{"name":"f","arguments":"{}"}}]},)"
        R"("finish_reason":"tool_calls"}]})"
        "\n\ndata: [DONE]\n\n"};
  });
  const auto node = [&](std::size_t i) { return plane_.nodes[i]->identity.node_id().text(); };
  const Ended streamed = send({"--stream", "--node", node(0)});
  ASSERT_EQ(streamed.code, 0) << streamed.error;
  EXPECT_EQ(streamed.out, "Ich sehe nach.\n" + response + "\n");
  const Ended whole = send({"--stream", "--node", node(1)});
  ASSERT_EQ(whole.code, 0) << whole.error;
  EXPECT_EQ(whole.out, response + "\n") << "without a stream nothing is lost either";
}

TEST_F(PrivateCommands, AStreamAsJsonIsTheCheckedAnswer) {
  serve({Does::streams});
  folder_.write("body", std::string(kStreamed));
  const Ended sent = send({"--stream", "--json", "--job", "trip-9"});
  ASSERT_EQ(sent.code, 0) << sent.error;
  EXPECT_EQ(member_of(sent.out, "status"), "completed");
  EXPECT_EQ(member_of(sent.out, "job_id"), "trip-9");
  EXPECT_TRUE(folder_.files_in("home/jobs").empty());
  EXPECT_EQ(folder_.files_in("home/evidence").size(), 1u);
}

// CASES G5: a stopped job's receipt against what was seen of it.
TEST_F(PrivateCommands, G5_AReceiptThatCountsFarMoreThanWasStreamedIsTold) {
  serve({Does::breaks_off});
  folder_.write("body", std::string(kStreamed));
  plane_.server.on_loop([this] { plane_.nodes.front()->broken_tokens = 4 + 16; });
  const Ended fair = send({"--stream"});
  EXPECT_NE(fair.code, 0);
  EXPECT_EQ(fair.error.find("warning:"), std::string::npos) << fair.error;
  plane_.server.on_loop([this] { plane_.nodes.front()->broken_tokens = 4 + 16 + 1; });
  const Ended sent = send({"--stream", "--job", "dear"});
  EXPECT_NE(sent.code, 0);
  EXPECT_NE(sent.error.find("counts 21 completion tokens"), std::string::npos) << sent.error;
  EXPECT_NE(sent.error.find("4 bytes"), std::string::npos) << sent.error;
  EXPECT_NE(sent.error.find("It died."), std::string::npos) << sent.error;
  const Ended got = run("get", {"dear"});
  EXPECT_NE(got.error.find("counts 21 completion tokens"), std::string::npos) << got.error;
}

// CASES G5.
TEST_F(PrivateCommands, G5_AManipulatedStreamIsToldLoudlyAndTheAnswerNotLost) {
  serve({Does::streams});
  folder_.write("body", std::string(kBody.substr(0, kBody.size() - 1)) + R"(,"stream":true})");
  plane_.server.on_loop([this] { plane_.relays = testing::Relays::doubling; });
  const Ended sent = send({"--stream", "--job", "trip-8"});
  EXPECT_NE(sent.code, 0);
  EXPECT_NE(sent.error.find("MANIPULATED STREAM"), std::string::npos) << sent.error;
  EXPECT_EQ(run("get", {"trip-8", "--text"}).out, "Die Aare.\n");
}

TEST_F(PrivateCommands, ABodyThatAsksForNoStreamIsNotChanged) {
  serve({Does::streams});
  const Ended sent = send({"--stream"});
  EXPECT_NE(sent.code, 0);
  EXPECT_NE(sent.error.find("asks for no stream"), std::string::npos) << sent.error;
  EXPECT_EQ(plane_.posts(), 0);
}

TEST_F(PrivateCommands, EverythingThatIsKeptIsForItsOwnerAlone) {
  serve({Does::answers});
  ASSERT_EQ(send().code, 0);
  ASSERT_EQ(send({"--no-wait"}).code, 0);
  ::umask(0);
  const auto files = folder_.files_in("home");
  EXPECT_GE(files.size(), 3u);
  for (const auto& file : files) {
    struct stat state{};
    ASSERT_EQ(::stat(file.c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777, 0600u) << file;
  }
  EXPECT_EQ(folder_.mode("home"), 0700u);
  EXPECT_EQ(folder_.mode("home/jobs"), 0700u);
}

TEST_F(PrivateCommands, TheAnswerIsOpenedByAnotherRun) {
  serve({Does::answers});
  const Ended sent = send({"--no-wait", "--job", "later", "--json"});
  ASSERT_EQ(sent.code, 0) << sent.error;
  EXPECT_EQ(member_of(sent.out, "job_id"), "later");
  const Ended got = run("get", {"later", "--text"});
  EXPECT_EQ(got.code, 0) << got.error;
  EXPECT_EQ(got.out, "Die Aare.\n");
  const Ended again = run("get", {"later"});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.error.find("was read already"), std::string::npos) << again.error;
}

// As if the program had ended between the job's being queued and the answer to it.
TEST_F(PrivateCommands, AJobWhoseAcceptanceWasLostIsFoundAgain) {
  serve({Does::answers});
  plane_.server.on_loop([this] { plane_.lose_answers = 1; });
  const Ended sent = send({"--text"});
  EXPECT_EQ(sent.code, 0) << sent.error;
  EXPECT_EQ(sent.out, "Die Aare.\n");
  EXPECT_EQ(plane_.posts(), 1) << "it was there, and is not sent again";
}

// CASES G5, 67.
TEST_F(PrivateCommands, G5_67_ASwappedBindingIsRefusedBeforeAnythingIsSent) {
  const FakeNode other;
  auto& node = add(Does::answers, 100);
  node.binding = other.binding;
  serve({});
  const Ended sent = send();
  EXPECT_EQ(sent.code, 4);
  EXPECT_NE(sent.error.find("invalid_signature"), std::string::npos) << sent.error;
  EXPECT_EQ(plane_.posts(), 0);
  EXPECT_TRUE(folder_.files_in("home/jobs").empty());
}

TEST_F(PrivateCommands, AnOlderTransportKeyIsRefused) {
  serve({Does::answers});
  ASSERT_EQ(send().code, 0);
  plane_.server.on_loop([this] {
    auto& node = *plane_.nodes.front();
    node.binding = protocol::bind_transport_key(node.identity, FakeNode().key.public_key(),
                                                node.binding.binding.not_before_ms - 86'400'000,
                                                std::int64_t{20} * 86'400'000);
  });
  const Ended sent = send();
  EXPECT_EQ(sent.code, 4);
  EXPECT_NE(sent.error.find("OLD KEY"), std::string::npos) << sent.error;
  EXPECT_EQ(plane_.posts(), 1);
}

TEST_F(PrivateCommands, ASwappedLogKeyIsRefusedBeforeAnythingIsSent) {
  serve({Does::answers});
  ASSERT_EQ(send().code, 0);
  const auto pins = folder_.text("home/pins.json");
  const auto other = protocol::receipt_log_verifier(
      plane_.identity.id(), protocol::NodeIdentity::generate(base::system_random()).public_key());
  const auto own =
      protocol::receipt_log_verifier(plane_.identity.id(), plane_.log_key.public_key());
  auto changed = pins;
  const auto text = protocol::encode_note_verifier(own);
  changed.replace(changed.find(text), text.size(), protocol::encode_note_verifier(other));
  folder_.write("home/pins.json", changed);
  const Ended sent = send();
  EXPECT_EQ(sent.code, 4);
  EXPECT_NE(sent.error.find("SWAPPED LOG KEY"), std::string::npos) << sent.error;
  EXPECT_NE(sent.error.find("b3iq pins forget"), std::string::npos);
  EXPECT_EQ(plane_.posts(), 1);
  // What it says to do does it.
  ASSERT_EQ(
      testing::run_b3iq({"pins", "forget", plane_.url(), "--home", folder_.path("home")}).code, 0);
  EXPECT_EQ(send().code, 0);
}

TEST_F(PrivateCommands, OnlyListedNodesAreUsedWithAListOfPins) {
  serve({Does::answers});
  folder_.write("pins", R"({"type":"b3iq-pins-v1","nodes":[],"control_planes":[]})");
  const Ended sent = send({"--pins", folder_.path("pins")});
  EXPECT_EQ(sent.code, 4);
  EXPECT_NE(sent.error.find("not among the pins"), std::string::npos) << sent.error;
  EXPECT_EQ(plane_.posts(), 0);
  ASSERT_EQ(send().code, 0);
  const Ended listed = send({"--pins", folder_.path("home/pins.json")});
  EXPECT_EQ(listed.code, 0) << listed.error;
}

TEST_F(PrivateCommands, WhatIsNotThisJobsAnswerIsRefusedWithOneText) {
  serve({Does::alters, Does::answers_another, Does::answers});
  const auto node = [&](int i) {
    return plane_.nodes[static_cast<std::size_t>(i)]->identity.node_id().text();
  };
  ASSERT_EQ(send({"--node", node(2)}).code, 0);
  const Ended altered = send({"--node", node(0)});
  const Ended another = send({"--node", node(1)});
  EXPECT_EQ(altered.code, 1);
  EXPECT_EQ(altered.out, "");
  EXPECT_NE(altered.error.find("cannot be opened"), std::string::npos) << altered.error;
  const auto told = [](const Ended& run) { return run.error.substr(run.error.find("error:")); };
  EXPECT_EQ(told(altered), told(another));
}

TEST_F(PrivateCommands, AReceiptThatDoesNotFitIsToldAndTheAnswerNotLost) {
  serve({Does::lies_in_receipt});
  const Ended sent = send({"--job", "lied"});
  EXPECT_EQ(sent.code, 1);
  EXPECT_EQ(sent.out, "");
  EXPECT_NE(sent.error.find("receipt_rejected"), std::string::npos) << sent.error;
  const Ended got = run("get", {"lied", "--any-receipt", "--text"});
  EXPECT_EQ(got.out, "Die Aare.\n") << got.error;
}

TEST_F(PrivateCommands, TheCheapestNodeThatFitsIsTaken) {
  add(Does::answers, 70);
  add(Does::answers, 40);
  serve({});
  const auto cheap = plane_.nodes[1]->identity.node_id().text();
  EXPECT_EQ(member_of(send({"--json"}).out, "node_id"), cheap);
  const Ended dear = send({"--max-price-wei", "39"});
  EXPECT_EQ(dear.code, 4);
  EXPECT_NE(dear.error.find("max_price_exceeded"), std::string::npos) << dear.error;
  const Ended none = send({"--privacy-class", "verified_confidential_cpu"});
  EXPECT_NE(none.error.find("attestation"), std::string::npos) << none.error;
  EXPECT_EQ(send({"--privacy-class", "perfect"}).code, 2);
  const Ended other = send({"--model", "unheard-of"});
  EXPECT_NE(other.error.find("no_healthy_candidates"), std::string::npos) << other.error;
  EXPECT_EQ(plane_.posts(), 1);
}

TEST_F(PrivateCommands, JobsAreListedAndCancelled) {
  serve({Does::holds});
  ASSERT_EQ(send({"--no-wait", "--job", "held"}).code, 0);
  const Ended listed = run("list");
  EXPECT_EQ(listed.code, 0) << listed.error;
  EXPECT_NE(listed.out.find("held"), std::string::npos);
  EXPECT_NE(listed.out.find("yes"), std::string::npos);
  const Ended waiting = run("get", {"held", "--no-wait"});
  EXPECT_EQ(waiting.code, 1);
  EXPECT_NE(waiting.error.find("no answer yet"), std::string::npos) << waiting.error;
  const Ended cancelled = run("cancel", {"held", "--json"});
  EXPECT_EQ(cancelled.code, 0) << cancelled.error;
  EXPECT_EQ(member_of(cancelled.out, "status"), "cancelled");
  EXPECT_EQ(member_of(cancelled.out, "billing_status"), "released");
  EXPECT_TRUE(folder_.files_in("home/jobs").empty());
}

TEST_F(PrivateCommands, AJobThatIsNotDoneInTimeStaysToBeFetched) {
  serve({Does::holds});
  const Ended sent = send({"--timeout", "1", "--job", "slow"});
  EXPECT_EQ(sent.code, 1);
  EXPECT_NE(sent.error.find("b3iq private get slow"), std::string::npos) << sent.error;
  EXPECT_EQ(folder_.files_in("home/jobs").size(), 1u);
}

TEST_F(PrivateCommands, TheCredentialIsChecked) {
  serve({Does::answers});
  folder_.write("wrong", std::string(crypto::make_secret_token(crypto::kCustomerKeyPrefix,
                                                               base::system_random())
                                         .reveal_text()));
  const Ended refused = send({"--customer-token-file", folder_.path("wrong")});
  EXPECT_NE(refused.code, 0);
  folder_.write("token", plane_.token, 0644);
  const Ended open = send();
  EXPECT_EQ(open.code, 1);
  EXPECT_NE(open.error.find("chmod 600"), std::string::npos) << open.error;
  const Ended argument = send({"--customer", plane_.token});
  EXPECT_EQ(argument.code, 2);
  EXPECT_EQ(argument.error.find(plane_.token), std::string::npos) << "it is not told back";
  EXPECT_NE(argument.error.find("revoked"), std::string::npos);
  EXPECT_EQ(plane_.posts(), 0);
}

TEST_F(PrivateCommands, NoTokenGoesOverTheNetworkInTheClear) {
  serve({Does::answers});
  const Ended sent =
      testing::run_b3iq({"private", "list", "--control-plane", "http://control.example",
                         "--customer", plane_.customer, "--customer-token-file",
                         folder_.path("token"), "--home", folder_.path("home")});
  EXPECT_EQ(sent.code, 1);
  EXPECT_NE(sent.error.find("https"), std::string::npos) << sent.error;
}

TEST_F(PrivateCommands, EvidenceIsVerifiedOffline) {
  serve({Does::answers});
  ASSERT_EQ(send({"--job", "proved"}).code, 0);
  plane_.stop();
  const auto evidence = folder_.path("home/evidence/proved.json");
  const auto verify = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"verify", "receipt", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return testing::run_b3iq(words);
  };
  const Ended good = verify({evidence, "--request", folder_.path("body")});
  ASSERT_EQ(good.code, 0) << good.error;
  EXPECT_NE(good.out.find("\"content_checked\":true"), std::string::npos) << good.out;
  folder_.write("other", "{}");
  EXPECT_EQ(verify({evidence, "--request", folder_.path("other")}).code, 1);
  EXPECT_EQ(verify({evidence, "--node", FakeNode().identity.node_id().text()}).code, 1);

  auto text = folder_.text("home/evidence/proved.json");
  const auto at = text.find(R"("finish":"stop")");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 15, R"("finish":"length")");
  folder_.write("forged", text);
  const Ended forged = verify({folder_.path("forged")});
  EXPECT_EQ(forged.code, 1);
  EXPECT_NE(forged.error.find("signature"), std::string::npos) << forged.error;
}

}  // namespace
}  // namespace b3iq::client

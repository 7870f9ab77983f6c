// The commands as a customer gives them, on files of a folder of their own.
#include "client/cli/client_command_line.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "client/testing/command_run.h"
#include "json/json.h"
#include "protocol/identity.h"
#include "protocol/private/request_opener.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {
namespace {

using namespace protocol;  // NOLINT: a test

constexpr std::int64_t kDayMs = 86'400'000;

using client::testing::Ended;
using client::testing::member_of;

class CustomerTool : public ::testing::Test {
 protected:
  CustomerTool()
      : node_(NodeIdentity::generate(base::system_random())),
        key_(TransportKey::generate(base::system_random())) {}
  void SetUp() override {
    write("binding",
          encode_transport_key_binding(bind_transport_key(
              node_, key_.public_key(), base::system_clock().wall_ms() - kDayMs, 30 * kDayMs)));
  }
  std::string path(const std::string& name) const { return folder_.path(name); }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  std::string text(const std::string& name) const { return folder_.text(name); }
  static Ended run(std::vector<std::string> words) {
    return client::testing::run_b3iq(std::move(words));
  }
  Ended seal(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"private",        "seal",         "--json",   "--binding",
                                      path("binding"),  "--node",       node_id(),  "--out",
                                      path("envelope"), "--answer-key", path("key")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  std::string node_id() const { return node_.node_id().text(); }
  // What the node makes of the envelope file.
  base::Result<OpenedRequest> opened(const std::string& job, const std::string& model) const {
    TRY(const auto document, json::Document::parse(text("envelope")));
    TRY(const auto envelope, decode_sealed_envelope(document.root()));
    const TransportKey* const keys[] = {&key_};
    TRY(const auto job_id, ClientJobId::parse(job));
    return open_request(keys, envelope, {job_id, node_.node_id(), model});
  }
  std::string written(const SealedEnvelope& envelope) const {
    std::string out;
    json::Writer w(out);
    write_sealed_envelope(w, envelope);
    return out;
  }

  client::testing::TestFolder folder_;
  NodeIdentity node_;
  TransportKey key_;
};

TEST_F(CustomerTool, ARequestIsSealedAndItsAnswerOpened) {
  const std::string body = R"({"model":"llama3.1:8b","messages":[{"role":"user","content":"hi"}]})";
  write("body", body + "\n");
  const Ended sealed = seal({"--body", path("body"), "--job", "a-job"});
  ASSERT_EQ(sealed.code, 0) << sealed.error;
  EXPECT_EQ(member_of(sealed.out, "job_id"), "a-job");
  EXPECT_EQ(member_of(sealed.out, "model_id"), "llama3.1:8b");
  EXPECT_EQ(member_of(sealed.out, "key_id"), key_.key_id().text());
  EXPECT_EQ(folder_.mode("key"), 0600u);
  EXPECT_EQ(text("envelope").find("hi\""), std::string::npos);

  const auto job = opened("a-job", "llama3.1:8b");
  ASSERT_TRUE(job.ok()) << job.error().detail;
  EXPECT_EQ(job->body, body);
  const auto answer = job->sealer.seal({AnswerStatus::failed, R"({"code":"overloaded"})", {}},
                                       base::system_random());
  write("job",
        R"({"job_id":"a-job","status":"failed","encrypted_response":)" + written(*answer) + "}");
  const Ended open = run({"private", "open", "--answer-key", path("key"), path("job")});
  EXPECT_EQ(open.code, 1) << "as the job ended";
  EXPECT_EQ(open.out, "{\"code\":\"overloaded\"}\n");

  Receipt receipt;
  receipt.node_id = node_.node_id();
  receipt.job_id = JobId::make(1'795'253'400'123, base::system_random());
  receipt.model_id = receipt.model_profile_id = "llama3.1:8b";
  receipt.runtime_kind = "embedded";
  const std::string signed_receipt = sign_encoded_receipt(encode_receipt(receipt).document, node_);
  const auto good = job->sealer.seal(
      {AnswerStatus::completed, R"({"id":"x"})", AnswerReceipt{signed_receipt, ReceiptSalt{}}},
      base::system_random());
  write("answer", written(*good));
  const Ended whole = run({"private", "open", "--answer-key", path("key"), path("answer"),
                           "--receipt", path("receipt"), "--json"});
  EXPECT_EQ(whole.code, 0) << whole.error;
  EXPECT_EQ(member_of(whole.out, "status"), "completed");
  EXPECT_EQ(text("receipt"), signed_receipt);
}

TEST_F(CustomerTool, APromptIsSealedUnderANewJobId) {
  write("prompt", "Say \"ja\".\n");
  const Ended sealed = seal({"--body", path("prompt"), "--prompt", "--model", "m"});
  ASSERT_EQ(sealed.code, 0) << sealed.error;
  const std::string job_id = member_of(sealed.out, "job_id");
  EXPECT_TRUE(ClientJobId::valid(job_id)) << job_id;
  const auto job = opened(job_id, "m");
  ASSERT_TRUE(job.ok());
  EXPECT_NE(job->body.find(R"("content":"Say \"ja\".")"), std::string::npos) << job->body;
}

TEST_F(CustomerTool, AnAnswerKeyIsNeverReplaced) {
  write("body", R"({"model":"m"})");
  ASSERT_EQ(seal({"--body", path("body")}).code, 0);
  const std::string key = text("key"), envelope = text("envelope");
  const Ended again = seal({"--body", path("body")});
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(text("key"), key);
  EXPECT_EQ(text("envelope"), envelope);
}

TEST_F(CustomerTool, WithoutAnEnvelopeThereIsNoKeyLeft) {
  write("body", R"({"model":"m"})");
  const Ended failed =
      run({"private", "seal", "--binding", path("binding"), "--node", node_id(), "--out",
           path("none/envelope"), "--answer-key", path("key"), "--body", path("body")});
  EXPECT_EQ(failed.code, 1);
  EXPECT_FALSE(std::filesystem::exists(path("key")));
}

// CASES G5, 67.
TEST_F(CustomerTool, G5_67_ASwappedKeyIsRefusedLoudly) {
  const auto other = NodeIdentity::generate(base::system_random());
  write("swapped",
        encode_transport_key_binding(bind_transport_key(
            other, key_.public_key(), base::system_clock().wall_ms() - kDayMs, 30 * kDayMs)));
  write("body", R"({"model":"m"})");
  const Ended sealed =
      run({"private", "seal", "--binding", path("swapped"), "--node", node_id(), "--out",
           path("envelope"), "--answer-key", path("key"), "--body", path("body")});
  EXPECT_EQ(sealed.code, 4);
  EXPECT_NE(sealed.error.find("Seal nothing to this key"), std::string::npos) << sealed.error;
  EXPECT_FALSE(std::filesystem::exists(path("envelope")));
  EXPECT_FALSE(std::filesystem::exists(path("key")));
  EXPECT_EQ(run({"verify", "binding", path("swapped"), "--node", node_id()}).code, 4);
}

TEST_F(CustomerTool, ABindingIsVerified) {
  const Ended good = run({"verify", "binding", path("binding"), "--node", node_id(), "--json"});
  EXPECT_EQ(good.code, 0) << good.error;
  EXPECT_EQ(member_of(good.out, "key_id"), key_.key_id().text());
  EXPECT_EQ(run({"verify", "binding", path("binding"), "--node", node_id()}).code, 0);
  EXPECT_EQ(run({"verify", "binding", path("binding"), "--node", node_id(), "--at",
                 "2001-01-01T00:00:00Z"})
                .code,
            1);
  EXPECT_EQ(run({"verify", "binding", path("binding"), "--node", node_id(), "--at", "soon"}).code,
            2);
  EXPECT_EQ(run({"verify", "binding", path("binding"), "--node", "b3n_x"}).code, 1);
  EXPECT_EQ(run({"verify", "binding", path("none"), "--node", node_id()}).code, 1);
  EXPECT_EQ(run({"verify", "binding", path("binding")}).code, 2);
}

TEST_F(CustomerTool, WhatCannotBeOpenedIsSaid) {
  write("body", R"({"model":"m"})");
  ASSERT_EQ(seal({"--body", path("body"), "--job", "a-job"}).code, 0);
  const auto why = [&](const std::string& answer) {
    write("answer", answer);
    const Ended open = run({"private", "open", "--answer-key", path("key"), path("answer")});
    EXPECT_EQ(open.code, 1);
    EXPECT_EQ(open.out, "");
    return open.error;
  };
  EXPECT_NE(why(R"({"job_id":"a-job","status":"queued"})").find("no sealed answer"),
            std::string::npos);
  EXPECT_NE(why("{").find("invalid_json"), std::string::npos);
  EXPECT_NE(why(text("envelope")).find("cannot be opened"), std::string::npos) << "the request";
  std::filesystem::permissions(path("key"), std::filesystem::perms(0644));
  EXPECT_NE(why(text("envelope")).find("chmod 600"), std::string::npos);
}

TEST_F(CustomerTool, TheCommandLineIsRead) {
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"version"}).code, 0);
  EXPECT_EQ(run({"private"}).code, 2);
  EXPECT_EQ(run({"private", "sael"}).code, 2);
  EXPECT_EQ(run({"private", "seal"}).code, 2);
  EXPECT_EQ(run({"--help"}).code, 0);
}

}  // namespace
}  // namespace b3iq::client

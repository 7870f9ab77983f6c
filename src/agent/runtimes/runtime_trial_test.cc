#include "agent/runtimes/runtime_trial.h"

#include <gtest/gtest.h>

#include <map>

#include "agent/cli/run_task.h"
#include "runtimes/upstream/scripted_upstream.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Task;
using runtimes::ScriptedUpstream;
using runtimes::Wire;

// Answers by path, with 404 for what it does not have, and hangs up.
ScriptedUpstream::Script tells(std::map<std::string, std::string> bodies) {
  return [bodies = std::move(bodies)](const Wire& wire, const std::string& request) {
    const auto start = request.find(' ') + 1;
    const auto found = bodies.find(request.substr(start, request.find(' ', start) - start));
    wire.say(found == bodies.end() ? runtimes::http_answer("{}", "404 Not Found")
                                   : runtimes::http_answer(found->second));
    throw ScriptedUpstream::HangUp();
  };
}

const std::string kModels = R"({"object":"list","data":[{"id":"m","owned_by":"x"}]})";

class RuntimeTrialTest : public ::testing::Test {
 protected:
  Result<TrialResult> run(RuntimeKind kind, std::string url, std::string_view key = "") {
    return run_task(loop_, trials_.run(request(kind, std::move(url), key), 0));
  }
  static RuntimeRequest request(RuntimeKind kind, std::string url, std::string_view key = "") {
    RuntimeRequest request;
    request.settings.kind = kind;
    request.settings.profile = profile_of_kind(kind);
    request.settings.base_url = std::move(url);
    request.api_key = crypto::Secret(key);
    return request;
  }
  ~RuntimeTrialTest() override { loop_.settle(); }

  http::EventLoop loop_;
  RuntimeTrials trials_{loop_};
};

TEST_F(RuntimeTrialTest, AServerTellsItsModelsAndItsVersion) {
  ScriptedUpstream vllm(tells({{"/v1/models", kModels}, {"/version", R"({"version":"0.12.0"})"}}));
  const auto found = run(RuntimeKind::vllm, vllm.url());
  ASSERT_TRUE(found.ok()) << found.error().detail;
  EXPECT_TRUE(found->reachable);
  EXPECT_EQ(found->version, "0.12.0");
  EXPECT_EQ(found->models, std::vector<std::string>{"m"});
  EXPECT_FALSE(found->error);
}

TEST_F(RuntimeTrialTest, G6_78_AStrangersServiceIsNotTakenForTheKindThatWasAskedFor) {
  ScriptedUpstream other(tells({{"/v1/models", kModels}}));
  for (const auto kind : {RuntimeKind::vllm, RuntimeKind::sglang, RuntimeKind::ollama}) {
    const auto found = run(kind, kind == RuntimeKind::ollama ? other.root_url() : other.url());
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->reachable);
    ASSERT_TRUE(found->error) << runtime_kind_name(kind);
    EXPECT_FALSE(found->error->detail.empty());
  }
  EXPECT_FALSE(run(RuntimeKind::openai, other.url())->error) << "it is one of these";
}

TEST_F(RuntimeTrialTest, TheKeyIsSentAndNeverTold) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string& heard) {
    const bool right = heard.find("Bearer sk-right\r\n") != std::string::npos;
    wire.say(right ? runtimes::http_answer(kModels)
                   : runtimes::http_answer("{}", "401 Unauthorized"));
    throw ScriptedUpstream::HangUp();
  });
  EXPECT_FALSE(run(RuntimeKind::openai, upstream.url(), "sk-right")->error);
  const auto wrong = run(RuntimeKind::openai, upstream.url(), "sk-wrong");
  ASSERT_TRUE(wrong.ok() && wrong->error);
  EXPECT_TRUE(wrong->reachable);
  EXPECT_NE(wrong->error->detail.find("API key"), std::string::npos) << wrong->error->detail;
  EXPECT_EQ(wrong->error->detail.find("sk-wrong"), std::string::npos);
  const auto bad = run(RuntimeKind::openai, upstream.url(), "two words");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.error().param, "api_key");
}

TEST_F(RuntimeTrialTest, NobodyThereIsNotReachable) {
  const auto found = run(RuntimeKind::openai, "http://127.0.0.1:1");
  ASSERT_TRUE(found.ok() && found->error);
  EXPECT_FALSE(found->reachable);
  EXPECT_EQ(found->error->code, ErrorCode::runtime_unreachable);
}

TEST_F(RuntimeTrialTest, G6_70_AnAddressThatIsNeverDialledIsRefused) {
  for (const std::string url :
       {"http://169.254.169.254/", "http://me:pw@127.0.0.1:1", "gopher://h"}) {
    const auto refused = run(RuntimeKind::openai, url);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().param, "base_url");
  }
}

TEST_F(RuntimeTrialTest, OnlySoManyAtOnce) {
  std::atomic<bool> answer{false};
  ScriptedUpstream slow([&](const Wire& wire, const std::string&) {
    while (!answer) std::this_thread::yield();
    wire.say(runtimes::http_answer(kModels));
    throw ScriptedUpstream::HangUp();
  });
  int ended = 0;
  const auto one = [&]() -> Task<void> {
    auto asked = request(RuntimeKind::openai, slow.url());
    const auto found = co_await trials_.run(std::move(asked), 0);
    EXPECT_TRUE(found.ok() && !found->error);
    ++ended;
  };
  const auto all = [&]() -> Task<base::Status> {
    for (int i = 0; i < kMaxTrials; ++i) base::detach(one());
    auto asked = request(RuntimeKind::openai, slow.url());
    const auto refused = co_await trials_.run(std::move(asked), 0);
    EXPECT_FALSE(refused.ok());
    if (!refused.ok()) EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    answer = true;
    while (ended < kMaxTrials) co_await loop_.sleep(1);
    co_return base::Status();
  };
  EXPECT_TRUE(run_task(loop_, all()).ok());
}

}  // namespace
}  // namespace b3iq::agent

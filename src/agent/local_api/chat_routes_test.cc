// POST /v1/chat/completions against an upstream that says what the test scripts: what keys are told
// of their limits, and what a call is charged when the upstream tells no usage.
#include "agent/local_api/chat_routes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "agent/auth/accounts.h"
#include "agent/cli/run_task.h"
#include "agent/local_api/error_answers.h"
#include "agent/migrations/schema.h"
#include "json/json.h"
#include "runtimes/openai/openai_fixture.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::Task;
using runtimes::http_answer;
using runtimes::http_chunk;
using runtimes::ScriptedUpstream;
using runtimes::Wire;

// 9 bytes in one message: estimated as 9 / 3 + 8 = 11 tokens.
constexpr std::int64_t kPromptEstimate = 11;
const std::string kQuestion =
    R"({"model":"m","messages":[{"role":"user","content":"hello you"}],"max_tokens":50})";
const std::string kStreamQuestion =
    R"({"model":"m","messages":[{"role":"user","content":"hello you"}],"max_tokens":50,"stream":true})";
const std::string kAnswerWithoutUsage =
    R"({"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello hello hello"},"finish_reason":"stop"}]})";

std::string text_event(std::string_view text) {
  return R"(data: {"id":"c1","choices":[{"index":0,"delta":{"content":")" + std::string(text) +
         R"("},"finish_reason":null}]})" + "\n\n";
}

// A node's chat route, whole but for the HTTP server.
class ChatRoutesTest : public ::testing::Test {
 protected:
  ChatRoutesTest() : identity_(protocol::NodeIdentity::generate(base::system_random())) {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-chat-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    auto opened = storage::open_sqlite(folder_ + "/state.db");
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    audit_ = std::make_unique<AuditLog>(*database_, base::system_clock());
    keys_ = std::make_unique<LocalKeyService>(*database_, *audit_, base::system_clock(),
                                              base::system_random());
    accounts_ = std::make_unique<Accounts>(*database_, *audit_, base::system_clock(),
                                           base::system_random());
    grants_ = std::make_unique<SupportGrantService>(*database_, *audit_, base::system_clock(),
                                                    base::system_random());
    receipts_ = std::make_unique<ReceiptLog>(*database_, identity_);
    EXPECT_TRUE(keys_->load().ok());
    EXPECT_TRUE(receipts_->load().ok());
  }
  ~ChatRoutesTest() override {
    models_.reset();
    runtime_.reset();
    loop_.settle();
    receipts_.reset();
    keys_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  void serve(ScriptedUpstream::Script script) {
    upstream_ = std::make_unique<ScriptedUpstream>(
        [script = std::move(script)](const Wire& wire, const std::string& request) {
          if (request.starts_with("GET /v1/models ")) {
            wire.say(http_answer(R"({"object":"list","data":[]})"));
          } else {
            script(wire, request);
          }
        });
    auto made = runtimes::OpenAiRuntime::create(
        loop_, {.id = "r", .base_url = upstream_->url(), .models = {"m"}});
    ASSERT_TRUE(made.ok());
    runtime_ = std::move(made).value();
    models_ = std::make_unique<ModelRegistry>(std::vector<inference::Runtime*>{runtime_.get()},
                                              ModelNames{}, base::system_clock());
    dispatcher_ = std::make_unique<Dispatcher>(std::vector<LaneSettings>{{runtime_.get(), {}}},
                                               base::system_clock(), loop_, registry_);
    context_ = std::make_unique<ChatContext>(
        ChatContext{*models_, *keys_, *receipts_, identity_, metrics_, base::system_clock(),
                    base::system_random(), 512, draining_, references_, *dispatcher_, live_});
    auth_ = std::make_unique<LocalAuth>(*keys_, operator_token_, accounts_->sessions, *grants_,
                                        cookie_names("b3n_test"));
    level_.emplace(LocalKeyLevel<Scope::chat>{*auth_});
    ChatRoutes{*level_, *context_, 1 << 20}.add_to(router_);
  }

  // The header value of a new key.
  std::string key(KeyLimits limits) {
    KeySpec spec;
    spec.name = "k";
    spec.limits = limits;
    auto created = run_task(loop_, keys_->create(spec, "operator"));
    EXPECT_TRUE(created.ok());
    return "Bearer " + std::string(created->secret.reveal_text());
  }

  // `pieces`: how many of a streamed body are taken before the caller goes.
  http::Response ask(const std::string& authorization, const std::string& body,
                     int pieces = std::numeric_limits<int>::max()) {
    http::Request request;
    request.method = http::Method::post;
    request.path = "/v1/chat/completions";
    request.headers = {{"Authorization", authorization}, {"Content-Type", "application/json"}};
    request.body = body;
    request.started_ns = base::system_clock().steady_ns();
    request.loop = &loop_;
    const auto match = router_.match(request);
    EXPECT_NE(match.route, nullptr);
    return run_task(loop_, answer(*match.route, request, pieces));
  }

  Task<bool> until_booked() {
    while (receipts_->appended() == 0) co_await loop_.sleep(1);
    co_return true;
  }

  protocol::ReceiptUsage last_usage() {
    auto listed = run_task(loop_, receipts_->list({.limit = 1}));
    EXPECT_TRUE(listed.ok() && !listed->empty());
    if (!listed.ok() || listed->empty()) return {};
    const auto document = json::Document::parse(listed->front().json);
    const auto decoded = protocol::decode_receipt(document->root());
    EXPECT_TRUE(decoded.ok());
    return decoded->receipt.usage;
  }

  bool draining_ = false;
  std::string folder_;
  std::unique_ptr<ScriptedUpstream> upstream_;  // ends when the runtime has hung up
  http::EventLoop loop_;
  protocol::NodeIdentity identity_;
  std::unique_ptr<storage::Database> database_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<LocalKeyService> keys_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<SupportGrantService> grants_;
  std::unique_ptr<ReceiptLog> receipts_;
  base::Metrics registry_;
  AgentMetrics metrics_{registry_};
  std::unique_ptr<runtimes::OpenAiRuntime> runtime_;
  std::unique_ptr<ModelRegistry> models_;
  std::unique_ptr<Dispatcher> dispatcher_;
  LiveCalls live_;
  RuntimeReferences references_{identity_};
  std::unique_ptr<ChatContext> context_;

 private:
  // A streamed body is pulled to its end and put in the answer as text.
  static Task<http::Response> answer(const http::Route& route, http::Request& request, int pieces) {
    auto response = co_await route.handler(request);
    if (auto* source = std::get_if<std::unique_ptr<http::BodySource>>(&response.body)) {
      std::string text;
      for (int i = 0; i < pieces; ++i) {
        auto piece = co_await (*source)->next();
        if (!piece.ok() || piece->empty()) break;
        text.append(*piece);
      }
      response.body = std::move(text);
    }
    co_return response;
  }

  OperatorToken operator_token_{"b3iq_admin_none"};
  std::unique_ptr<LocalAuth> auth_;
  std::optional<LocalKeyLevel<Scope::chat>> level_;
  http::Router router_{error_for_path};
};

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

TEST_F(ChatRoutesTest, A429TellsTheLimitsAndWhenToComeBack) {
  serve([](const Wire& wire, const std::string&) { wire.say(http_answer(runtimes::kAnswer)); });
  const auto caller = key({.requests_per_minute = 1, .tokens_per_minute = 1000});
  const auto taken = ask(caller, kQuestion);
  ASSERT_EQ(taken.status, 200);
  EXPECT_EQ(header_of(taken, "x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(header_of(taken, "x-ratelimit-remaining-tokens"), "989");  // 11 reported

  const auto refused = ask(caller, kQuestion);
  ASSERT_EQ(refused.status, 429) << std::get<std::string>(refused.body);
  EXPECT_EQ(header_of(refused, "x-ratelimit-limit-requests"), "1");
  EXPECT_EQ(header_of(refused, "x-ratelimit-remaining-requests"), "0");
  EXPECT_NE(header_of(refused, "x-ratelimit-reset-requests"), "");
  EXPECT_EQ(header_of(refused, "x-ratelimit-limit-tokens"), "1000");
  EXPECT_EQ(header_of(refused, "Retry-After"), "60");
  EXPECT_NE(std::get<std::string>(refused.body).find("\"code\":\"rate_limited\""),
            std::string::npos);
}

TEST_F(ChatRoutesTest, ABusyUpstreamsRefusalCarriesTheKeysLimitsToo) {
  serve([](const Wire& wire, const std::string&) {
    wire.say(http_answer(R"({"error":{"message":"slow down"}})", "429 Too Many Requests",
                         "Retry-After: 7\r\n"));
  });
  const auto refused = ask(key({.requests_per_minute = 9}), kQuestion);
  ASSERT_EQ(refused.status, 503) << std::get<std::string>(refused.body);
  EXPECT_EQ(header_of(refused, "x-ratelimit-limit-requests"), "9");
  EXPECT_EQ(header_of(refused, "Retry-After"), "7");
}

TEST_F(ChatRoutesTest, ABadBodyIsToldTheLimitsAndTakesNothing) {
  serve([](const Wire& wire, const std::string&) { wire.say(http_answer(runtimes::kAnswer)); });
  const auto refused = ask(key({.requests_per_minute = 9}), "{");
  ASSERT_EQ(refused.status, 400);
  EXPECT_EQ(header_of(refused, "x-ratelimit-remaining-requests"), "9");
  EXPECT_NE(std::get<std::string>(refused.body).find("\"type\":\"invalid_request_error\""),
            std::string::npos);
}

TEST_F(ChatRoutesTest, AnAnswerWithoutUsageIsChargedByAnEstimate) {
  serve([](const Wire& wire, const std::string&) { wire.say(http_answer(kAnswerWithoutUsage)); });
  const auto caller = key({.budget_tokens = 100});
  const auto answer = ask(caller, kQuestion);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(std::get<std::string>(answer.body).find("\"usage\""), std::string::npos);
  const auto used = last_usage();
  EXPECT_EQ(used.prompt_tokens, kPromptEstimate);
  EXPECT_EQ(used.completion_tokens, 5);  // 17 bytes
  ASSERT_EQ(ask(caller, kQuestion).status, 200);
  ASSERT_EQ(ask(caller, kQuestion).status, 200);
  EXPECT_EQ(ask(caller, kQuestion).status, 402);  // 48 used, 61 needed
}

TEST_F(ChatRoutesTest, ZerosAreNoUsage) {
  auto body = kAnswerWithoutUsage;
  body.insert(body.size() - 1,
              R"(,"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0})");
  serve([&body](const Wire& wire, const std::string&) { wire.say(http_answer(body)); });
  ASSERT_EQ(ask(key({}), kQuestion).status, 200);
  EXPECT_EQ(last_usage().total_tokens(), kPromptEstimate + 5);
}

TEST_F(ChatRoutesTest, AStreamWithoutUsageIsChargedByItsEventsOrItsText) {
  std::string events;
  serve([&events](const Wire& wire, const std::string&) {
    wire.say(
        std::string(runtimes::kStreamHead) +
        http_chunk(runtimes::kRoleEvent + events + runtimes::kFinishEvent + runtimes::kDoneEvent) +
        std::string(runtimes::kLastChunk));
  });
  const auto caller = key({});
  events = text_event("a") + text_event("b") + text_event("c");
  ASSERT_EQ(ask(caller, kStreamQuestion).status, 200);
  auto used = last_usage();
  EXPECT_EQ(used.prompt_tokens, kPromptEstimate);
  EXPECT_EQ(used.completion_tokens, 3);

  events = text_event(std::string(120, 'x'));  // many tokens in one event
  ASSERT_EQ(ask(caller, kStreamQuestion).status, 200);
  EXPECT_EQ(last_usage().completion_tokens, 30);

  events = text_event(std::string(4000, 'x'));
  ASSERT_EQ(ask(caller, kStreamQuestion).status, 200);
  EXPECT_EQ(last_usage().completion_tokens, 50);  // its max_tokens
}

TEST_F(ChatRoutesTest, AStreamWhoseCallerGoesIsChargedForWhatWasTaken) {
  serve([](const Wire& wire, const std::string&) {
    wire.say(std::string(runtimes::kStreamHead) +
             http_chunk(runtimes::kRoleEvent + text_event("a") + text_event("b")));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  const auto answer = ask(key({}), kStreamQuestion, 2);
  ASSERT_EQ(answer.status, 200);
  EXPECT_NE(std::get<std::string>(answer.body).find("\"content\":\"b\""), std::string::npos);
  run_task(loop_, until_booked());
  const auto used = last_usage();
  EXPECT_EQ(used.prompt_tokens, kPromptEstimate);
  EXPECT_EQ(used.completion_tokens, 2);
}

TEST_F(ChatRoutesTest, AStreamThatBreaksOffIsChargedForWhatCame) {
  serve([](const Wire& wire, const std::string&) {
    wire.say(std::string(runtimes::kStreamHead) +
             http_chunk(runtimes::kRoleEvent + text_event("a") + text_event("b")));
    wire.reset();
    throw ScriptedUpstream::HangUp{};
  });
  const auto answer = ask(key({}), kStreamQuestion);
  ASSERT_EQ(answer.status, 200);
  EXPECT_NE(std::get<std::string>(answer.body).find("\"error\""), std::string::npos);
  const auto used = last_usage();
  EXPECT_EQ(used.prompt_tokens, kPromptEstimate);
  EXPECT_EQ(used.completion_tokens, 2);
}

}  // namespace
}  // namespace b3iq::agent

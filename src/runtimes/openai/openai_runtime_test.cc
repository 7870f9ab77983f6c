#include "runtimes/openai/openai_runtime.h"

#include <gtest/gtest.h>

#include "http/server.h"
#include "runtimes/openai/openai_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;

// Lets the loop read what has arrived.
base::Task<bool> pause(http::EventLoop& loop) {
  co_await loop.sleep(5);
  co_return true;
}

TEST(OpenAiRuntime, bad_settings_are_refused_without_telling_the_key) {
  http::EventLoop loop;
  for (const std::string url :
       {"ftp://x", "file:///etc/passwd", "http://user:pw@host/", "", "host"}) {
    const auto made = OpenAiRuntime::create(loop, {.id = "r", .base_url = url});
    ASSERT_FALSE(made.ok()) << url;
    EXPECT_EQ(made.error().code, ErrorCode::config_invalid);
    EXPECT_EQ(made.error().detail.find("pw"), std::string::npos) << made.error().detail;
  }
  const auto made = OpenAiRuntime::create(
      loop, {.id = "r", .base_url = "http://127.0.0.1:1/v1", .api_key = "sk-secret\r\nX: y"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().detail.find("secret"), std::string::npos);
}

TEST(OpenAiRuntime, an_answer_is_the_upstreams_bytes) {
  ScriptedUpstream upstream(
      [](const Wire& wire, const std::string&) { wire.say(http_answer(kAnswer)); });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url(), .api_key = "sk-1"});
  const auto request = decoded(kPlainBody);
  const auto answer = node.answer(request);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->body, kAnswer);
  EXPECT_EQ(answer->finish, inference::Finish::length);
  EXPECT_EQ(answer->usage.prompt_tokens, 5);
  EXPECT_EQ(answer->usage.completion_tokens, 6);
  EXPECT_EQ(upstream.last_body(), kPlainBody);
  const std::string sent = upstream.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /v1/chat/completions HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("Authorization: Bearer sk-1\r\n"), std::string::npos);
  EXPECT_EQ(node.runtime->health().state, inference::RuntimeState::ready);
}

TEST(OpenAiRuntime, an_answer_without_usage_has_its_text_counted) {
  const std::string body =
      R"({"choices":[{"index":0,"message":{"role":"assistant","content":"four","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]}}]})";
  ScriptedUpstream upstream(
      [&](const Wire& wire, const std::string&) { wire.say(http_answer(body)); });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const auto request = decoded(kPlainBody);
  const auto answer = node.answer(request);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->usage.total_tokens(), 0);
  EXPECT_EQ(answer->text_bytes, 7);
}

TEST(OpenAiRuntime, connections_are_used_again) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string& request) {
    if (request.find("\"stream\":true") == std::string::npos) {
      wire.say(http_answer(kAnswer));
      return;
    }
    wire.say(std::string(kStreamHead) + http_chunk(kTextEvent + kFinishEvent + kDoneEvent) +
             std::string(kLastChunk));
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const auto plain = decoded(kPlainBody);
  const auto streamed = decoded(kStreamBody);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(node.answer(plain).ok());
    EXPECT_FALSE(node.stream(streamed).error);
  }
  EXPECT_EQ(upstream.requests().size(), 6U);
  EXPECT_EQ(upstream.connections(), 1);
}

TEST(OpenAiRuntime, connections_are_used_again_when_the_bodys_end_comes_late) {
  constexpr int kStreams = 20;
  std::atomic<bool> answered = false;
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    wire.say(std::string(kStreamHead) + http_chunk(kTextEvent + kFinishEvent + kDoneEvent));
    answered.wait(false);  // the caller has its whole answer before the end mark is sent
    answered = false;
    wire.say(kLastChunk);
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const auto request = decoded(kStreamBody);
  for (int i = 0; i < kStreams; ++i) {
    ASSERT_FALSE(node.stream(request).error);
    answered = true;
    answered.notify_one();
    node.run(pause(node.loop()));
  }
  EXPECT_LT(upstream.connections(), kStreams);
}

TEST(OpenAiRuntime, a_raw_prompt_goes_to_completions) {
  const std::string body = R"({"id":"t1","choices":[{"index":0,"text":"four","logprobs":null}]})";
  ScriptedUpstream upstream(
      [&](const Wire& wire, const std::string&) { wire.say(http_answer(body)); });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const std::string asked = R"({"model":"m","prompt":"2+2=","stream":false})";
  auto request = decoded(kPlainBody);
  request.body = asked;
  request.raw_prompt = true;
  const auto answer = node.answer(request);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->body, body);
  EXPECT_EQ(answer->text_bytes, 4);
  EXPECT_EQ(upstream.last_body(), asked);
  EXPECT_TRUE(upstream.requests().at(0).starts_with("POST /v1/completions HTTP/1.1\r\n"));
}

TEST(OpenAiRuntime, G12_138_vllm_is_told_the_cache_partition_and_others_are_not) {
  ScriptedUpstream upstream(
      [](const Wire& wire, const std::string&) { wire.say(http_answer(kAnswer)); });
  auto request = decoded(kPlainBody);
  request.cache_partition = "p";
  for (const auto profile : {ServerProfile::any, ServerProfile::lmstudio,
                             ServerProfile::llama_server, ServerProfile::sglang}) {
    RuntimeOnLoop node({.id = "r", .base_url = upstream.url(), .profile = profile});
    ASSERT_TRUE(node.answer(request).ok());
    EXPECT_EQ(upstream.last_body(), kPlainBody);
  }
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url(), .profile = ServerProfile::vllm});
  ASSERT_TRUE(node.answer(request).ok());
  EXPECT_EQ(upstream.last_body(), R"({"cache_salt":"p",)" + kPlainBody.substr(1));
}

TEST(OpenAiRuntime, a_raw_prompts_stream_is_metered_by_its_text) {
  const std::string event = R"(data: {"id":"t1","choices":[{"index":0,"text":"two",)"
                            R"("logprobs":null,"finish_reason":null}]})"
                            "\n\n";
  const std::string last = R"(data: {"id":"t1","choices":[{"index":0,"text":"",)"
                           R"("finish_reason":"length"}]})"
                           "\n\n";
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    wire.say(std::string(kStreamHead) + http_chunk(event + event + last + kDoneEvent) +
             std::string(kLastChunk));
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const std::string asked = R"({"model":"m","prompt":"x","stream":true})";
  auto request = decoded(kStreamBody);
  request.body = asked;
  request.raw_prompt = true;
  const Streamed out = node.stream(request);
  ASSERT_FALSE(out.error) << out.error->detail;
  EXPECT_EQ(out.content_events, 2);
  EXPECT_EQ(out.text_bytes, 6);
  EXPECT_EQ(out.finish, inference::Finish::length);
}

TEST(OpenAiRuntime, a_stream_is_relayed_and_metered) {
  const std::string events = kRoleEvent + kTextEvent + kTextEvent;
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    wire.say(std::string(kStreamHead) + http_chunk(events));
    wire.say(http_chunk(kFinishEvent + kUsageEvent + kDoneEvent) + std::string(kLastChunk));
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const auto request = decoded(kStreamBody);
  const Streamed out = node.stream(request);
  ASSERT_FALSE(out.error) << out.error->detail;
  EXPECT_EQ(out.events, events);
  EXPECT_EQ(out.tail, kFinishEvent);
  EXPECT_EQ(out.content_events, 2);
  EXPECT_EQ(out.text_bytes, 6);
  EXPECT_EQ(out.finish, inference::Finish::stop);
  ASSERT_TRUE(out.usage);
  EXPECT_EQ(out.usage->prompt_tokens, 5);
  EXPECT_NE(upstream.last_body().find(R"("stream_options":{"include_usage":true})"),
            std::string::npos);
}

TEST(OpenAiRuntime, a_server_that_never_ends_its_body_does_not_hold_the_caller) {
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    wire.say(std::string(kStreamHead) + http_chunk(kTextEvent + kFinishEvent + kDoneEvent));
    wire.wait_for_close();
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const auto request = decoded(kStreamBody);
  const Streamed out = node.stream(request);
  EXPECT_FALSE(out.error);
  EXPECT_EQ(out.tail, kFinishEvent);
}

TEST(OpenAiRuntime, cancelling_closes_the_upstreams_connection) {
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    wire.say(std::string(kStreamHead) + http_chunk(kRoleEvent));
    wire.wait_for_close();
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  const auto request = decoded(kStreamBody);
  const Streamed out = node.stream(request, [&] { node.source.cancel(); });
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, ErrorCode::cancelled);
  EXPECT_EQ(out.events, kRoleEvent);
}

TEST(OpenAiRuntime, cancelling_before_the_first_byte_ends_the_wait) {
  RuntimeOnLoop* running = nullptr;
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    running->loop().post([&] { running->source.cancel(); });
    wire.wait_for_close();
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url()});
  running = &node;
  const auto request = decoded(kStreamBody);
  const Streamed out = node.stream(request);
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, ErrorCode::cancelled);
  EXPECT_NE(node.runtime->health().state, inference::RuntimeState::unreachable);
}

TEST(OpenAiRuntime, models_are_asked_for_or_configured) {
  ScriptedUpstream upstream([&](const Wire& wire, const std::string& request) {
    EXPECT_TRUE(request.starts_with("GET /v1/models HTTP/1.1\r\n"));
    wire.say(http_answer(R"({"object":"list","data":[{"id":"served"}]})"));
  });
  RuntimeOnLoop asking({.id = "r", .base_url = upstream.url()});
  EXPECT_EQ(asking.runtime->health().state, inference::RuntimeState::loading);
  const auto asked = asking.run(asking.runtime->models());
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->at(0).name, "served");
  EXPECT_EQ(asking.runtime->health().state, inference::RuntimeState::ready);

  RuntimeOnLoop named({.id = "r", .base_url = "http://127.0.0.1:1/v1", .models = {"fixed"}});
  const auto configured = named.run(named.runtime->models());
  ASSERT_TRUE(configured.ok());
  EXPECT_EQ(configured->at(0).name, "fixed");
  EXPECT_EQ(named.runtime->health().state, inference::RuntimeState::unreachable);
}

TEST(OpenAiRuntime, a_base_url_without_a_path_means_v1) {
  ScriptedUpstream upstream(
      [&](const Wire& wire, const std::string&) { wire.say(http_answer(kAnswer)); });
  RuntimeOnLoop node(
      {.id = "r", .base_url = "http://127.0.0.1:" + std::to_string(upstream.port())});
  const auto request = decoded(kPlainBody);
  EXPECT_TRUE(node.answer(request).ok());
  EXPECT_TRUE(upstream.requests().at(0).starts_with("POST /v1/chat/completions "));
}

// The project's own server as upstream, on the same loop.
http::Response render(const base::Error& error, const http::Request&) {
  http::Response response;
  response.status = base::error_info(error.code).http_status;
  response.body = "{\"error\":{\"message\":\"" + error.detail + "\"}}";
  return response;
}

class CountedEvents final : public http::BodySource {
 public:
  base::Task<base::Result<std::string_view>> next() override {
    if (given_ > kEvents) co_return std::string_view();
    const bool last = given_++ == kEvents;
    co_return std::string_view(last ? end_ : kTextEvent);
  }
  static constexpr int kEvents = 50;

 private:
  int given_ = 0;
  std::string end_ = kFinishEvent + kUsageEvent + kDoneEvent;
};

base::Task<base::Result<http::Response>> stream_events(http::Request&,
                                                       const http::Public::Principal&) {
  http::Response response;
  response.content_type = "text/event-stream";
  response.body = std::make_unique<CountedEvents>();
  co_return response;
}

TEST(OpenAiRuntime, relays_the_projects_own_server) {
  RuntimeOnLoop* node = nullptr;
  http::Public open;
  http::Router router(render);
  router.add(http::Method::post, "/v1/chat/completions", "chat", open, render, 1 << 20,
             stream_events);
  http::EventLoop server_loop;
  auto server = http::Server::start(server_loop, router, {.listen = {"127.0.0.1", 0}});
  ASSERT_TRUE(server.ok()) << server.error().detail;
  const std::uint16_t port = (*server)->port();
  std::thread thread([&] { server_loop.run(); });
  {
    RuntimeOnLoop client({.id = "r", .base_url = "http://127.0.0.1:" + std::to_string(port)});
    node = &client;
    const auto request = decoded(kStreamBody);
    for (int i = 0; i < 3; ++i) {
      const Streamed out = node->stream(request);
      ASSERT_FALSE(out.error) << out.error->detail;
      EXPECT_EQ(out.content_events, CountedEvents::kEvents);
      EXPECT_EQ(out.usage->completion_tokens, 1);
    }
  }
  server_loop.stop();
  thread.join();
  server->reset();
  server_loop.settle();
}

}  // namespace
}  // namespace b3iq::runtimes

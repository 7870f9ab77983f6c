// CASES G6: upstreams that are broken, hostile or no runtimes at all.
#include <gtest/gtest.h>

#include "runtimes/openai/openai_fixture.h"
#include "runtimes/openai/openai_runtime.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;

using Script = ScriptedUpstream::Script;

OpenAiConfig config_for(const ScriptedUpstream& upstream) {
  OpenAiConfig config{.id = "r", .base_url = upstream.url(), .api_key = "sk-credential"};
  config.limits.first_byte_timeout_ms = 300;
  config.limits.idle_timeout_ms = 300;
  return config;
}

Streamed stream_from(const Script& script) {
  ScriptedUpstream upstream(script);
  RuntimeOnLoop node(config_for(upstream));
  const auto request = decoded(kStreamBody);
  return node.stream(request);
}

base::Result<inference::ChatAnswer> answer_from(const Script& script) {
  ScriptedUpstream upstream(script);
  RuntimeOnLoop node(config_for(upstream));
  const auto request = decoded(kPlainBody);
  return node.answer(request);
}

Script says(std::string bytes) {
  return [bytes = std::move(bytes)](const Wire& wire, const std::string&) {
    wire.say(bytes);
    throw ScriptedUpstream::HangUp();
  };
}

void expect_answer_error(const std::string& bytes, ErrorCode code, std::string_view words) {
  const auto answer = answer_from(says(bytes));
  ASSERT_FALSE(answer.ok()) << bytes.substr(0, 200);
  EXPECT_EQ(answer.error().code, code) << answer.error().detail;
  EXPECT_NE(answer.error().detail.find(words), std::string::npos) << answer.error().detail;
  EXPECT_EQ(answer.error().detail.find("sk-credential"), std::string::npos);
}

void expect_cut(const Streamed& out, const std::string& events) {
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, ErrorCode::upstream_failed) << out.error->detail;
  EXPECT_EQ(out.events, events);
  EXPECT_FALSE(out.finish);
}

TEST(OpenAiHostile, case_70_refused_addresses_are_never_dialled) {
  for (const std::string url : {"http://169.254.169.254/v1", "http://[fe80::1]/v1",
                                "http://0.0.0.0:1/v1", "http://[::ffff:169.254.169.254]:80/v1"}) {
    RuntimeOnLoop node({.id = "r", .base_url = url});
    const auto request = decoded(kPlainBody);
    const auto answer = node.answer(request);
    ASSERT_FALSE(answer.ok()) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::runtime_unreachable) << answer.error().detail;
    EXPECT_NE(answer.error().detail.find("refused"), std::string::npos) << answer.error().detail;
  }
}

TEST(OpenAiHostile, case_70_own_port_is_never_dialled) {
  ScriptedUpstream upstream(says(http_answer(kAnswer)));
  auto config = config_for(upstream);
  config.own_port = upstream.port();
  RuntimeOnLoop node(std::move(config));
  const auto request = decoded(kPlainBody);
  EXPECT_FALSE(node.answer(request).ok());
  EXPECT_EQ(upstream.connections(), 0);
}

TEST(OpenAiHostile, case_72_a_redirect_is_not_followed) {
  ScriptedUpstream thief(says(http_answer(kAnswer)));
  const std::string location = "Location: " + thief.url() + "/chat/completions\r\n";
  for (const std::string_view status :
       {"301 Moved", "302 Found", "307 Temporary", "308 Permanent"}) {
    expect_answer_error(http_answer("", status, location), ErrorCode::upstream_failed, "redirect");
  }
  EXPECT_EQ(thief.connections(), 0);
}

TEST(OpenAiHostile, case_73_unusual_streams_are_read_right) {
  const Streamed out = stream_from([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n");
    for (const std::string_view bytes :
         {":ping\r\n\r\ndata:{\"id\":\"1\",\"choices\":[]}\r", "\n\r", "\nda",
          "ta: {\"choices\":[{\"delta\":", "{},\"finish_reason\":\"stop\"}]}\r\rdata:[DONE]\r\r"}) {
      wire.say(bytes);
    }
    throw ScriptedUpstream::HangUp();
  });
  ASSERT_FALSE(out.error) << out.error->detail;
  EXPECT_EQ(out.events, "data: {\"id\":\"1\",\"choices\":[]}\n\n");
  EXPECT_EQ(out.tail, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
}

TEST(OpenAiHostile, case_73_a_line_without_end_is_cut) {
  const Streamed out = stream_from([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"a\":\"");
    const std::string junk(1 << 20, 'x');
    for (int i = 0; i < 100 && wire.say(junk); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  expect_cut(out, "");
}

TEST(OpenAiHostile, case_73_endless_header_and_endless_body_are_cut) {
  const auto header = answer_from([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Junk: " + std::string(8'000, 'x') + "\r\n";
    for (int i = 0; i < 10'000 && wire.say(line); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  ASSERT_FALSE(header.ok());
  EXPECT_EQ(header.error().code, ErrorCode::upstream_failed) << header.error().detail;
  const auto body = answer_from([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    const std::string junk(1 << 20, ' ');
    for (int i = 0; i < 200 && wire.say(junk); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  ASSERT_FALSE(body.ok());
  EXPECT_EQ(body.error().code, ErrorCode::upstream_failed) << body.error().detail;
}

TEST(OpenAiHostile, case_75_a_200_that_is_not_a_completion) {
  for (const std::string_view body :
       {"", "<html>hello</html>", "[]", "\"ok\"", "{}", R"({"choices":[]})", R"({"choices":[{}]})",
        R"({"object":"list","data":[]})"}) {
    expect_answer_error(http_answer(body), ErrorCode::upstream_failed,
                        "not with a chat completion");
  }
  expect_answer_error(http_answer(R"({"error":{"message":"out of memory"}})"),
                      ErrorCode::upstream_failed, "out of memory");
  expect_answer_error(http_answer(kAnswer, "200 OK", "Content-Encoding: gzip\r\n"),
                      ErrorCode::upstream_failed, "compressed");
}

TEST(OpenAiHostile, case_75_a_200_that_is_not_a_stream) {
  expect_cut(stream_from(says(http_answer(kAnswer))), "");
  const Streamed error = stream_from(says(http_answer(R"({"error":{"message":"no slots"}})")));
  expect_cut(error, "");
  EXPECT_NE(error.error->detail.find("no slots"), std::string::npos);
}

TEST(OpenAiHostile, case_75_an_error_event_first_or_after_a_token) {
  const std::string error_event = "data: {\"error\":{\"message\":\"cuda died\"}}\n\n";
  const Streamed first = stream_from(
      says(std::string(kStreamHead) + http_chunk(error_event + kDoneEvent) + "0\r\n\r\n"));
  expect_cut(first, "");
  EXPECT_NE(first.error->detail.find("cuda died"), std::string::npos);
  const std::string start = kRoleEvent + kTextEvent;
  expect_cut(stream_from(says(std::string(kStreamHead) + http_chunk(start + error_event) +
                              http_chunk(kDoneEvent) + "0\r\n\r\n")),
             start);
}

TEST(OpenAiHostile, case_75_silence_is_an_error) {
  const Streamed first =
      stream_from([](const Wire& wire, const std::string&) { wire.wait_for_close(); });
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->code, ErrorCode::deadline_exceeded) << first.error->detail;
  const Streamed later = stream_from([](const Wire& wire, const std::string&) {
    wire.say(std::string(kStreamHead) + http_chunk(kRoleEvent + kTextEvent));
    wire.wait_for_close();
  });
  ASSERT_TRUE(later.error);
  EXPECT_EQ(later.error->code, ErrorCode::deadline_exceeded) << later.error->detail;
  EXPECT_EQ(later.events, kRoleEvent + kTextEvent);
}

TEST(OpenAiHostile, case_75_reset_or_close_mid_token) {
  const std::string start = std::string(kStreamHead) + http_chunk(kRoleEvent + kTextEvent);
  const Streamed reset = stream_from([&](const Wire& wire, const std::string&) {
    wire.say(start + "64\r\ndata: {\"choi");
    wire.reset();
    throw ScriptedUpstream::HangUp();
  });
  ASSERT_TRUE(reset.error);
  EXPECT_EQ(reset.error->code, ErrorCode::upstream_failed);
  EXPECT_FALSE(reset.finish);
  expect_cut(stream_from(says(start + "64\r\ndata: {\"choi")), kRoleEvent + kTextEvent);
  // A body that ends well formed, in the middle of the answer.
  expect_cut(stream_from(says(start + "0\r\n\r\n")), kRoleEvent + kTextEvent);
  // The same where only the close tells the end.
  expect_cut(stream_from(says("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" +
                              kRoleEvent + kTextEvent)),
             kRoleEvent + kTextEvent);
  expect_answer_error("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"id\"",
                      ErrorCode::upstream_failed, "");
}

TEST(OpenAiHostile, case_75_a_stream_of_only_done_is_no_answer) {
  expect_cut(stream_from(says(std::string(kStreamHead) + http_chunk(kDoneEvent) + "0\r\n\r\n")),
             "");
}

TEST(OpenAiHostile, case_76_nothing_is_sent_twice) {
  for (const std::string& bytes :
       {std::string(kStreamHead) + http_chunk(kTextEvent), std::string("HTTP/1.1 500 Oops\r\n\r\n"),
        std::string("HTTP/1.1 200"), std::string("")}) {
    ScriptedUpstream upstream(says(bytes));
    RuntimeOnLoop node(config_for(upstream));
    const auto request = decoded(kStreamBody);
    EXPECT_TRUE(node.stream(request).error) << bytes;
    EXPECT_EQ(upstream.requests().size(), 1U) << bytes;
  }
}

TEST(OpenAiHostile, case_76_a_dead_pooled_connection_is_replaced_before_the_first_byte_only) {
  std::atomic<int> answered = 0;
  ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
    if (answered++ == 1) throw ScriptedUpstream::HangUp();  // the pooled connection, no byte said
    wire.say(http_answer(kAnswer));
  });
  RuntimeOnLoop node(config_for(upstream));
  const auto request = decoded(kPlainBody);
  EXPECT_TRUE(node.answer(request).ok());
  EXPECT_TRUE(node.answer(request).ok());
  EXPECT_EQ(upstream.requests().size(), 3U);
  EXPECT_EQ(upstream.connections(), 2);
}

TEST(OpenAiHostile, case_78_a_strangers_service_is_not_a_runtime) {
  for (const std::string& bytes :
       {http_answer("<html>It works!</html>"), http_answer("{}"), std::string("SSH-2.0-x\r\n\r\n"),
        http_answer("", "404 Not Found")}) {
    ScriptedUpstream upstream(says(bytes));
    RuntimeOnLoop node(config_for(upstream));
    EXPECT_FALSE(node.run(node.runtime->models()).ok()) << bytes;
    EXPECT_NE(node.runtime->health().state, inference::RuntimeState::ready) << bytes;
  }
}

TEST(OpenAiHostile, refusals_of_the_upstream_are_told_apart) {
  expect_answer_error(
      http_answer(R"({"error":{"message":"top_k is bad","param":"top_k"}})", "400 Bad Request"),
      ErrorCode::invalid_request, "top_k is bad");
  expect_answer_error(http_answer(R"({"error":{"message":"bad key"}})", "401 Unauthorized"),
                      ErrorCode::upstream_failed, "refused our credential: bad key");
  expect_answer_error(http_answer(R"({"error":{"message":"no such model"}})", "404 Not Found"),
                      ErrorCode::model_not_found, "no such model");
  expect_answer_error(http_answer("", "429 Slow", "Retry-After: 3\r\n"), ErrorCode::overloaded,
                      "busy");
  expect_answer_error(http_answer("oops", "500 Oops"), ErrorCode::upstream_failed, "500");
}

TEST(OpenAiHostile, nobody_there) {
  RuntimeOnLoop node({.id = "r", .base_url = "http://127.0.0.1:1/v1"});
  const auto request = decoded(kPlainBody);
  const auto answer = node.answer(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, ErrorCode::runtime_unreachable);
  EXPECT_EQ(node.runtime->health().state, inference::RuntimeState::unreachable);
}

}  // namespace
}  // namespace b3iq::runtimes

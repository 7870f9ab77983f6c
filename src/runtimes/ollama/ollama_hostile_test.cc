// CASES G6 against the Ollama adapter: upstreams that are broken, hostile or no Ollama at all.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "runtimes/ollama/ollama_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using Script = ScriptedUpstream::Script;

OllamaConfig config_for(const ScriptedUpstream& upstream) {
  OllamaConfig config{.id = "r", .base_url = upstream.root_url(), .api_key = "sk-credential"};
  config.limits.first_byte_timeout_ms = 300;
  config.limits.idle_timeout_ms = 300;
  return config;
}

Streamed stream_from(const Script& script) {
  ScriptedUpstream upstream(script);
  OllamaOnLoop node(config_for(upstream));
  const auto request = decoded(kChatBody);
  return node.stream(request);
}

base::Result<inference::ChatAnswer> answer_from(const Script& script) {
  ScriptedUpstream upstream(script);
  OllamaOnLoop node(config_for(upstream));
  const auto request = decoded(kWholeBody);
  return node.answer(request);
}

Script says(std::string bytes) {
  return [bytes = std::move(bytes)](const Wire& wire, const std::string&) {
    wire.say(bytes);
    throw ScriptedUpstream::HangUp();
  };
}

std::string ndjson(const std::string& lines) {
  return std::string(kNdjsonHead) + http_chunk(lines) + std::string(kLastChunk);
}

void expect_cut(const Streamed& out, std::string_view text, std::string_view words = "") {
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, ErrorCode::upstream_failed) << out.error->detail;
  EXPECT_NE(out.error->detail.find(words), std::string::npos) << out.error->detail;
  EXPECT_EQ(out.error->detail.find("sk-credential"), std::string::npos);
  EXPECT_EQ(out.text, text);
  EXPECT_FALSE(out.finish);
}

void expect_answer_error(const std::string& bytes, ErrorCode code, std::string_view words) {
  const auto answer = answer_from(says(bytes));
  ASSERT_FALSE(answer.ok()) << bytes.substr(0, 200);
  EXPECT_EQ(answer.error().code, code) << answer.error().detail;
  EXPECT_NE(answer.error().detail.find(words), std::string::npos) << answer.error().detail;
  EXPECT_EQ(answer.error().detail.find("sk-credential"), std::string::npos);
}

TEST(OllamaHostile, G6_70_refused_addresses_are_never_dialled) {
  for (const std::string url : {"http://169.254.169.254", "http://[fe80::1]", "http://0.0.0.0:1",
                                "http://[::ffff:169.254.169.254]:80", "http://100.100.100.200"}) {
    OllamaOnLoop node({.id = "r", .base_url = url});
    const auto request = decoded(kWholeBody);
    const auto answer = node.answer(request);
    ASSERT_FALSE(answer.ok()) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::runtime_unreachable) << answer.error().detail;
    EXPECT_NE(answer.error().detail.find("refused"), std::string::npos) << answer.error().detail;
    EXPECT_FALSE(node.run(node.runtime->models()).ok());
  }
}

TEST(OllamaHostile, G6_70_own_port_is_never_dialled) {
  ScriptedUpstream upstream(says(http_answer("{}")));
  auto config = config_for(upstream);
  config.own_port = upstream.port();
  OllamaOnLoop node(std::move(config));
  const auto request = decoded(kWholeBody);
  EXPECT_FALSE(node.answer(request).ok());
  EXPECT_FALSE(node.run(node.runtime->models()).ok());
  EXPECT_EQ(upstream.connections(), 0);
}

TEST(OllamaHostile, G6_72_a_redirect_is_not_followed) {
  ScriptedUpstream thief(says(http_answer("{}")));
  const std::string location = "Location: " + thief.root_url() + "/api/chat\r\n";
  for (const std::string_view status :
       {"301 Moved", "302 Found", "307 Temporary", "308 Permanent"}) {
    expect_answer_error(http_answer("", status, location), ErrorCode::upstream_failed, "redirect");
    ScriptedUpstream upstream(says(http_answer("", status, location)));
    OllamaOnLoop node(config_for(upstream));
    EXPECT_FALSE(node.run(node.runtime->models()).ok());
  }
  EXPECT_EQ(thief.connections(), 0);
}

TEST(OllamaHostile, G6_73_cut_anywhere_it_reads_the_same) {
  const std::string lines =
      text_line("Gr\xc3\xbc\xc3\x9f") + "\r\n" + text_line("e \\ud83d\\ude00") + kDoneLine;
  for (std::size_t size : {1U, 2U, 3U, 7U, 50U}) {
    const Streamed out = stream_from([&](const Wire& wire, const std::string&) {
      wire.say(std::string(kNdjsonHead));
      for (std::size_t at = 0; at < lines.size(); at += size)
        wire.say(http_chunk(lines.substr(at, size)));
      wire.say(kLastChunk);
    });
    ASSERT_FALSE(out.error) << out.error->detail;
    EXPECT_EQ(out.text,
              "Gr\xc3\xbc\xc3\x9f"
              "e \xf0\x9f\x98\x80");
  }
}

TEST(OllamaHostile, G6_73_a_line_without_end_is_cut) {
  const Streamed out = stream_from([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n");
    wire.say(text_line("a") + "{\"message\":{\"content\":\"");
    const std::string junk(1 << 20, 'x');
    for (int i = 0; i < 100 && wire.say(junk); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  expect_cut(out, "a", "4 MiB");
}

TEST(OllamaHostile, G6_73_endless_header_and_endless_answers_are_cut) {
  const auto header = answer_from([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Junk: " + std::string(8'000, 'x') + "\r\n";
    for (int i = 0; i < 10'000 && wire.say(line); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  ASSERT_FALSE(header.ok());
  EXPECT_EQ(header.error().code, ErrorCode::upstream_failed);
  const Script endless = [](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    const std::string junk(1 << 20, ' ');
    for (int i = 0; i < 200 && wire.say(junk); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  };
  const auto body = answer_from(endless);
  ASSERT_FALSE(body.ok());
  EXPECT_EQ(body.error().code, ErrorCode::upstream_failed);
  ScriptedUpstream upstream(endless);
  OllamaOnLoop node(config_for(upstream));
  EXPECT_FALSE(node.run(node.runtime->models()).ok());
}

TEST(OllamaHostile, G6_73_an_answer_that_drips_is_not_waited_for) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    while (wire.say(" ")) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    throw ScriptedUpstream::HangUp();
  });
  OllamaOnLoop node(config_for(upstream));
  const auto models = node.run(node.runtime->models());
  ASSERT_FALSE(models.ok());
  EXPECT_EQ(models.error().code, ErrorCode::deadline_exceeded) << models.error().detail;
}

TEST(OllamaHostile, G6_73_rubbish_in_a_line_is_an_error) {
  for (
      const std::string line :
      {"<html>", "[]", "null", "\"done\"", "{}", R"({"done":false})",
       R"({"message":{"content":"a"},"done":false}{"x":1})",
       R"({"message":{"content":")"
       "\xff\xfe"
       R"("}})",
       R"({"message":{"content":"","tool_calls":[{"function":{"name":"","arguments":{}}}]},"done":false})",
       R"({"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"done":false})",
       R"({"message":{"content":"","tool_calls":7},"done":false})"}) {
    expect_cut(stream_from(says(ndjson(text_line("a") + line + "\n" + kDoneLine))), "a");
  }
}

TEST(OllamaHostile, G6_75_a_200_that_is_no_answer) {
  for (const std::string_view body :
       {"", "<html>hello</html>", "[]", "\"ok\"", "{}", R"({"choices":[]})",
        R"({"message":{"content":"half"},"done":false})"}) {
    expect_answer_error(http_answer(body), ErrorCode::upstream_failed, "");
  }
  expect_answer_error(http_answer(R"({"error":"llama runner process has terminated"})"),
                      ErrorCode::upstream_failed, "terminated");
  expect_answer_error(http_answer(R"({"done":true,"done_reason":"load"})"),
                      ErrorCode::upstream_failed, "ask again");
  expect_answer_error(http_answer("{}", "200 OK", "Content-Encoding: gzip\r\n"),
                      ErrorCode::upstream_failed, "compressed");
}

TEST(OllamaHostile, G6_75_an_error_line_first_or_after_a_token) {
  const std::string error_line = "{\"error\":\"cuda died\"}\n";
  expect_cut(stream_from(says(ndjson(error_line))), "", "cuda died");
  expect_cut(stream_from(says(ndjson(text_line("a") + error_line + kDoneLine))), "a", "cuda died");
  // As an object, as some proxies tell it.
  expect_cut(stream_from(says(ndjson(text_line("a") + R"({"error":{"message":"gone"}})" + "\n"))),
             "a", "gone");
}

TEST(OllamaHostile, G6_75_silence_is_an_error) {
  const Streamed first =
      stream_from([](const Wire& wire, const std::string&) { wire.wait_for_close(); });
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->code, ErrorCode::deadline_exceeded) << first.error->detail;
  const Streamed later = stream_from([](const Wire& wire, const std::string&) {
    wire.say(std::string(kNdjsonHead) + http_chunk(text_line("a")));
    wire.wait_for_close();
  });
  ASSERT_TRUE(later.error);
  EXPECT_EQ(later.error->code, ErrorCode::deadline_exceeded) << later.error->detail;
  EXPECT_EQ(later.text, "a");
}

TEST(OllamaHostile, G6_75_reset_or_close_mid_token) {
  const std::string start = std::string(kNdjsonHead) + http_chunk(text_line("a"));
  const Streamed reset = stream_from([&](const Wire& wire, const std::string&) {
    wire.say(start + "64\r\n{\"message\":{\"conte");
    wire.reset();
    throw ScriptedUpstream::HangUp();
  });
  ASSERT_TRUE(reset.error);
  EXPECT_EQ(reset.error->code, ErrorCode::upstream_failed);
  EXPECT_FALSE(reset.finish);
  expect_cut(stream_from(says(start + "64\r\n{\"message\":{\"conte")), "a");
  // A body that ends well formed, without done: true.
  expect_cut(stream_from(says(start + "0\r\n\r\n")), "a", "before it was whole");
  expect_cut(stream_from(says(start + http_chunk("{\"message\":{\"con") + "0\r\n\r\n")), "a");
  // The same where only the close tells the end.
  expect_cut(stream_from(says("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n" +
                              text_line("a"))),
             "a", "before it was whole");
  expect_cut(stream_from(says(ndjson(""))), "");
}

TEST(OllamaHostile, G6_76_nothing_is_sent_twice) {
  for (const std::string& bytes : {ndjson(text_line("a")), std::string("HTTP/1.1 500 Oops\r\n\r\n"),
                                   std::string("HTTP/1.1 200"), std::string("")}) {
    ScriptedUpstream upstream(says(bytes));
    OllamaOnLoop node(config_for(upstream));
    const auto request = decoded(kChatBody);
    EXPECT_TRUE(node.stream(request).error) << bytes;
    EXPECT_EQ(upstream.requests().size(), 1U) << bytes;
  }
}

TEST(OllamaHostile, G6_78_a_strangers_service_is_no_ollama) {
  for (const std::string& bytes :
       {http_answer("<html>It works!</html>"), http_answer("{}"), http_answer("[]"),
        std::string("SSH-2.0-x\r\n\r\n"), http_answer("", "404 Not Found"),
        http_answer(R"({"object":"list","data":[]})")}) {
    ScriptedUpstream upstream(says(bytes));
    OllamaOnLoop node(config_for(upstream));
    EXPECT_FALSE(node.run(node.runtime->models()).ok()) << bytes;
    EXPECT_EQ(node.runtime->health().state, inference::RuntimeState::unreachable) << bytes;
  }
}

TEST(OllamaHostile, refusals_name_the_fix) {
  expect_answer_error(http_answer(R"({"error":"model 'm' not found"})", "404 Not Found"),
                      ErrorCode::model_not_found, "ollama pull");
  expect_answer_error(
      http_answer(R"({"error":"the input length exceeds the context length"})", "400 Bad Request"),
      ErrorCode::context_length_exceeded, "context length");
  expect_answer_error(http_answer(R"({"error":"\"m\" does not support chat"})", "400 Bad Request"),
                      ErrorCode::invalid_request, "does not support chat");
  expect_answer_error(
      http_answer(
          R"({"error":"server busy, please try again.  maximum pending requests exceeded"})",
          "503 Busy"),
      ErrorCode::overloaded, "busy");
  expect_answer_error(
      http_answer(R"({"error":"model requires more system memory (9 GiB) than is available"})",
                  "500 Oops"),
      ErrorCode::upstream_failed, "smaller");
  OllamaOnLoop node({.id = "r", .base_url = "http://127.0.0.1:1"});
  const auto models = node.run(node.runtime->models());
  ASSERT_FALSE(models.ok());
  EXPECT_EQ(models.error().code, ErrorCode::runtime_unreachable);
  EXPECT_NE(models.error().detail.find("ollama serve"), std::string::npos);
}

}  // namespace
}  // namespace b3iq::runtimes

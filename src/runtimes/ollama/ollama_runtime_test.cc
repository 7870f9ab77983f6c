#include "runtimes/ollama/ollama_runtime.h"

#include <gtest/gtest.h>

#include "inference/capability_check.h"
#include "runtimes/ollama/ollama_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using inference::Finish;

bool asks(const std::string& request, std::string_view line) {
  return request.starts_with(std::string(line) + " HTTP/1.1\r\n");
}

// An Ollama with three models, one of them from elsewhere and one for embeddings.
void tell_models(const Wire& wire, const std::string& request) {
  if (asks(request, "GET /api/tags")) {
    wire.say(http_answer(
        R"({"models":[{"name":"chat:7b","digest":"d1","size":70},{"name":"embed:latest","digest":"d2","size":5},
            {"name":"far:cloud","digest":"d3","remote_host":"https://ollama.com:443","size":0}]})"));
  } else if (asks(request, "GET /api/ps")) {
    wire.say(http_answer(R"({"models":[{"name":"chat:7b","context_length":4096}]})"));
  } else if (asks(request, "GET /api/version")) {
    wire.say(http_answer(R"({"version":"0.13.5"})"));
  } else if (asks(request, "POST /api/show")) {
    const bool embed = request.find("embed:latest") != std::string::npos;
    wire.say(http_answer(
        embed
            ? R"({"capabilities":["embedding"],"model_info":{"bert.context_length":512}})"
            : R"({"capabilities":["completion","tools"],"model_info":{"llama.context_length":131072}})"));
  } else {
    wire.say(http_answer(R"({"error":"no"})", "404 Not Found"));
  }
}

int count_of(const ScriptedUpstream& upstream, std::string_view line) {
  int count = 0;
  for (const auto& request : upstream.requests()) count += asks(request, line) ? 1 : 0;
  return count;
}

TEST(OllamaRuntime, G6_70_bad_settings_are_refused_without_telling_the_key) {
  http::EventLoop loop;
  for (const std::string url : {"ftp://x", "file:///etc/passwd", "http://user:pw@host/", "",
                                "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/api/"}) {
    const auto made = OllamaRuntime::create(loop, {.id = "r", .base_url = url});
    ASSERT_FALSE(made.ok()) << url;
    EXPECT_EQ(made.error().code, ErrorCode::config_invalid);
    EXPECT_EQ(made.error().detail.find("pw"), std::string::npos) << made.error().detail;
  }
  const auto made = OllamaRuntime::create(
      loop, {.id = "r", .base_url = "http://127.0.0.1:1", .api_key = "sk-secret\r\nX: y"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().detail.find("secret"), std::string::npos);
}

TEST(OllamaRuntime, models_are_told_with_what_they_can) {
  ScriptedUpstream upstream(tell_models);
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  EXPECT_EQ(node.runtime->kind(), "ollama");
  EXPECT_EQ(node.runtime->health().state, inference::RuntimeState::loading);
  const auto models = node.run(node.runtime->models());
  ASSERT_TRUE(models.ok()) << models.error().detail;
  ASSERT_EQ(models->size(), 2U);  // the one from elsewhere is not offered
  const auto& chat = (*models)[0];
  EXPECT_EQ(chat.name, "chat:7b");
  EXPECT_EQ(chat.size_bytes, 70);
  EXPECT_EQ(chat.loaded, true);
  EXPECT_EQ(chat.capabilities.context_tokens, 4096);
  EXPECT_TRUE(chat.capabilities.tools);
  EXPECT_TRUE(chat.capabilities.logprobs);
  EXPECT_FALSE(chat.capabilities.vision);
  EXPECT_FALSE(chat.capabilities.same_dialect);
  const auto& embed = (*models)[1];
  EXPECT_EQ(embed.loaded, false);
  EXPECT_FALSE(embed.capabilities.chat);
  EXPECT_TRUE(embed.capabilities.embeddings);
  EXPECT_EQ(embed.capabilities.context_tokens, 512);
  EXPECT_EQ(node.runtime->health().state, inference::RuntimeState::ready);
  // What a digest can do is asked once.
  ASSERT_TRUE(node.run(node.runtime->models()).ok());
  EXPECT_EQ(count_of(upstream, "POST /api/show"), 2);
  EXPECT_EQ(count_of(upstream, "GET /api/tags"), 2);
}

TEST(OllamaRuntime, a_model_from_elsewhere_is_offered_only_by_name) {
  ScriptedUpstream upstream(tell_models);
  OllamaOnLoop node(
      {.id = "r", .base_url = upstream.root_url(), .models = {"far:cloud", "embed", "gone"}});
  const auto models = node.run(node.runtime->models());
  ASSERT_TRUE(models.ok());
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ((*models)[0].name, "embed:latest");
  EXPECT_EQ((*models)[1].name, "far:cloud");
}

TEST(OllamaRuntime, facts) {
  ScriptedUpstream upstream(tell_models);
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto facts = node.run(node.runtime->facts());
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->version, "0.13.5");
  EXPECT_FALSE(facts->load.running);
  EXPECT_FALSE(facts->load.waiting);
}

TEST(OllamaRuntime, what_it_cannot_do_is_refused_before_it_is_asked) {
  ScriptedUpstream upstream(tell_models);
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto models = node.run(node.runtime->models());
  const auto refused = [&](const std::string& more) {
    const auto request =
        decoded(R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + more + "}");
    const auto status = inference::check_capabilities(request, (*models)[0].capabilities);
    return status.ok() ? std::string() : status.error().param;
  };
  const std::string tools = R"("tools":[{"type":"function","function":{"name":"f"}}])";
  EXPECT_EQ(refused(R"("logit_bias":{"1":2})"), "logit_bias");
  EXPECT_EQ(refused(tools + R"(,"tool_choice":"required")"), "tool_choice");
  EXPECT_EQ(refused(tools + R"(,"parallel_tool_calls":false)"), "parallel_tool_calls");
  EXPECT_EQ(refused(R"("reasoning_effort":"low")"), "reasoning_effort");
  EXPECT_EQ(refused(tools + R"(,"top_k":4,"min_p":0.1,"repeat_penalty":1.2,"logprobs":true)"), "");
}

TEST(OllamaRuntime, a_stream_becomes_typed_steps) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(std::string(kNdjsonHead));
    const std::string thinking =
        R"({"message":{"role":"assistant","content":"","thinking":"hm"},"done":false})";
    const std::string scored =
        R"({"message":{"content":"!"},"logprobs":[{"token":"!","logprob":-0.5,"bytes":[33],)"
        R"("top_logprobs":[{"token":"?","logprob":-1.5}]}],"done":false})";
    wire.say(
        http_chunk(thinking + "\n" + text_line("Gr") + "\n\r\n" + text_line("\\u00fc\xc3\x9f")));
    wire.say(http_chunk(scored + "\r\n" + kDoneLine) + std::string(kLastChunk));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kChatBody);
  const Streamed out = node.stream(request);
  ASSERT_FALSE(out.error) << out.error->detail;
  EXPECT_EQ(out.text, "Gr\xc3\xbc\xc3\x9f!");
  EXPECT_EQ(out.reasoning, "hm");
  ASSERT_EQ(out.logprobs.size(), 1U);
  EXPECT_EQ(out.logprobs[0].token, "!");
  EXPECT_EQ(out.logprobs[0].top.at(0).first, "?");
  EXPECT_EQ(out.finish, Finish::stop);
  EXPECT_EQ(out.last_steps, 1);
  EXPECT_EQ(out.tokens, 4);
  ASSERT_TRUE(out.usage);
  EXPECT_EQ(out.usage->prompt_tokens, 11);
  EXPECT_EQ(out.usage->completion_tokens, 3);
  EXPECT_TRUE(asks(upstream.requests().at(0), "POST /api/chat"));
}

TEST(OllamaRuntime, tool_calls_are_numbered_and_get_ids) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    const std::string first =
        R"({"message":{"content":"","tool_calls":[{"function":{"name":"a","arguments":{"x":1}}}]},"done":false})";
    const std::string second =
        R"({"message":{"content":"","tool_calls":[{"id":"call_7","function":{"index":1,"name":"b","arguments":{}}}]},"done":false})";
    wire.say(std::string(kNdjsonHead) + http_chunk(first + "\n" + second + "\n" + kDoneLine) +
             std::string(kLastChunk));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kChatBody);
  const Streamed out = node.stream(request);
  ASSERT_FALSE(out.error) << out.error->detail;
  ASSERT_EQ(out.tool_calls.size(), 2U);
  EXPECT_EQ(out.tool_calls[0].index, 0);
  EXPECT_TRUE(out.tool_calls[0].id.starts_with("call_"));
  EXPECT_GT(out.tool_calls[0].id.size(), 20U);
  EXPECT_EQ(out.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(out.tool_calls[1].index, 1);
  EXPECT_EQ(out.tool_calls[1].id, "call_7");
  EXPECT_EQ(out.finish, Finish::tool_calls);
}

base::Task<int> ready_ahead(inference::TokenStream& stream) {
  int count = 0;
  auto first = co_await stream.next();
  if (!first.ok()) co_return -1;
  while (stream.next_if_ready() != nullptr) ++count;
  auto last = co_await stream.next();
  if (!last.ok() || last.value() == nullptr || !last.value()->finish) co_return -2;
  auto end = co_await stream.next();
  co_return end.ok() && end.value() == nullptr ? count : -3;
}

TEST(OllamaRuntime, steps_that_came_together_are_at_hand_but_for_the_last) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(
        std::string(kNdjsonHead) +
        http_chunk(text_line("a") + text_line("") + text_line("b") + text_line("c") + kDoneLine) +
        std::string(kLastChunk));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kChatBody);
  auto stream = node.run(node.runtime->stream(request, {}));
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(node.run(ready_ahead(**stream)), 2);
}

TEST(OllamaRuntime, a_last_line_without_its_end_counts) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    std::string done = kDoneLine;
    done.pop_back();
    wire.say(std::string(kNdjsonHead) + http_chunk(text_line("a") + done) +
             std::string(kLastChunk));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kChatBody);
  const Streamed out = node.stream(request);
  EXPECT_FALSE(out.error);
  EXPECT_EQ(out.finish, Finish::stop);
}

TEST(OllamaRuntime, a_whole_answer) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(http_answer(
        R"({"model":"m","message":{"role":"assistant","content":"hello","thinking":"t"},"done":true,)"
        R"("done_reason":"length","prompt_eval_count":4,"eval_count":2})"));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url(), .api_key = "sk-1"});
  const auto request = decoded(kWholeBody);
  const auto answer = node.answer(request);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->text, "hello");
  EXPECT_EQ(answer->reasoning, "t");
  EXPECT_EQ(answer->finish, Finish::length);
  EXPECT_EQ(answer->usage.prompt_tokens, 4);
  EXPECT_EQ(answer->usage.completion_tokens, 2);
  EXPECT_NE(upstream.last_body().find(R"("stream":false)"), std::string::npos);
  EXPECT_NE(upstream.requests().at(0).find("Authorization: Bearer sk-1\r\n"), std::string::npos);
}

TEST(OllamaRuntime, usage_that_is_half_told_is_unknown) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(http_answer(R"({"message":{"content":"four"},"done":true,"eval_count":2})"));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kWholeBody);
  const auto answer = node.answer(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->usage.total_tokens(), 0);
  EXPECT_EQ(answer->text_bytes, 4);
}

TEST(OllamaRuntime, connections_are_used_again) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(std::string(kNdjsonHead) + http_chunk(text_line("a") + kDoneLine) +
             std::string(kLastChunk));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kChatBody);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(node.stream(request).error);
  EXPECT_EQ(upstream.requests().size(), 3U);
  EXPECT_EQ(upstream.connections(), 1);
}

TEST(OllamaRuntime, cancelling_closes_the_connection) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(std::string(kNdjsonHead) + http_chunk(text_line("a")));
    wire.wait_for_close();
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const auto request = decoded(kChatBody);
  const Streamed out = node.stream(request, [&] { node.source.cancel(); });
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code, ErrorCode::cancelled);
  EXPECT_EQ(out.text, "a");
}

TEST(OllamaRuntime, embeddings) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(
        http_answer(R"({"model":"e","embeddings":[[0.5,-1],[0,2e-1]],"prompt_eval_count":6})"));
  });
  OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
  const inference::EmbeddingRequest request{
      .model = "e", .runtime_model = "e:latest", .inputs = {"one", "two"}, .dimensions = 2};
  const auto answer = node.run(node.runtime->embed(request, {}));
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  ASSERT_EQ(answer->vectors.size(), 2U);
  EXPECT_EQ(answer->vectors[0], (std::vector<float>{0.5F, -1.0F}));
  EXPECT_EQ(answer->prompt_tokens, 6);
  EXPECT_EQ(upstream.last_body(),
            R"({"model":"e:latest","input":["one","two"],"truncate":false,"dimensions":2})");
}

TEST(OllamaRuntime, embeddings_that_are_none_are_an_error) {
  for (const std::string body :
       {"{}", R"({"embeddings":[]})", R"({"embeddings":[[1]]})", R"({"embeddings":[[1],[1,2]]})",
        R"({"embeddings":[[],[]]})", R"({"embeddings":[[1],["a"]]})",
        R"({"embeddings":[[1],[1e300]]})", R"({"error":"broken"})"}) {
    ScriptedUpstream upstream(
        [&](const Wire& wire, const std::string&) { wire.say(http_answer(body)); });
    OllamaOnLoop node({.id = "r", .base_url = upstream.root_url()});
    const inference::EmbeddingRequest request{.model = "e", .inputs = {"one", "two"}};
    const auto answer = node.run(node.runtime->embed(request, {}));
    ASSERT_FALSE(answer.ok()) << body;
    EXPECT_EQ(answer.error().code, ErrorCode::upstream_failed) << body;
  }
}

}  // namespace
}  // namespace b3iq::runtimes

#include "runtimes/openai/server_facts.h"

#include <gtest/gtest.h>

#include <map>

#include "json/json.h"
#include "runtimes/openai/openai_fixture.h"

namespace b3iq::runtimes {
namespace {

using inference::RuntimeModel;

// Answers by path; 404 for the rest, as servers do without these endpoints.
ScriptedUpstream::Script tells(std::map<std::string, std::string> bodies) {
  return [bodies = std::move(bodies)](const Wire& wire, const std::string& request) {
    const std::size_t start = request.find(' ') + 1;
    const auto found = bodies.find(request.substr(start, request.find(' ', start) - start));
    wire.say(found == bodies.end() ? http_answer(R"({"detail":"Not Found"})", "404 Not Found")
                                   : http_answer(found->second));
  };
}

struct Told {
  std::string kind;
  std::vector<RuntimeModel> models;
  inference::RuntimeFacts facts;
};

Told ask(ServerProfile profile, std::map<std::string, std::string> bodies) {
  ScriptedUpstream upstream(tells(std::move(bodies)));
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url(), .profile = profile});
  const auto models = node.run(node.runtime->models());
  const auto facts = node.run(node.runtime->facts());
  EXPECT_TRUE(models.ok() && facts.ok());
  return {std::string(node.runtime->kind()), models.ok() ? *models : std::vector<RuntimeModel>(),
          facts.ok() ? *facts : inference::RuntimeFacts()};
}

TEST(ServerFacts, vllm) {
  const auto told =
      ask(ServerProfile::vllm,
          {{"/v1/models",
            R"({"object":"list","data":[{"id":"q","owned_by":"vllm","max_model_len":32768}]})"},
           {"/version", R"({"version":"0.12.0"})"},
           {"/metrics",
            "# HELP vllm:num_requests_running x\n# TYPE vllm:num_requests_running gauge\n"
            "vllm:num_requests_running{engine=\"0\",model_name=\"q\"} 2.0\n"
            "vllm:num_requests_running{engine=\"1\",model_name=\"q\"} 1.0\n"
            "vllm:num_requests_waiting{engine=\"0\",model_name=\"q\"} 4.0\n"
            "vllm:num_requests_waiting_by_reason{reason=\"capacity\"} 9.0\n"}});
  EXPECT_EQ(told.kind, "vllm");
  EXPECT_EQ(told.models.at(0).capabilities.context_tokens, 32768);
  EXPECT_EQ(told.facts.version, "0.12.0");
  EXPECT_EQ(told.facts.load.running, 3);
  EXPECT_EQ(told.facts.load.waiting, 4);
}

TEST(ServerFacts, sglang_with_and_without_metrics) {
  const std::string models =
      R"({"object":"list","data":[{"id":"q","owned_by":"sglang","max_model_len":4096}]})";
  const std::string info = R"({"version":"0.5.6","api_key":"sk-server","internal_states":[{}]})";
  const auto with = ask(ServerProfile::sglang, {{"/v1/models", models},
                                                {"/get_server_info", info},
                                                {"/metrics",
                                                 "sglang:num_running_reqs{model_name=\"q\"} 5.0\n"
                                                 "sglang:num_queue_reqs{model_name=\"q\"} 0.0\n"}});
  EXPECT_EQ(with.kind, "sglang");
  EXPECT_EQ(with.models.at(0).capabilities.context_tokens, 4096);
  EXPECT_EQ(with.facts.version, "0.5.6");
  EXPECT_EQ(with.facts.load.running, 5);
  EXPECT_EQ(with.facts.load.waiting, 0);
  const auto without = ask(
      ServerProfile::sglang,
      {{"/v1/models", models},
       {"/server_info", info},
       {"/get_load",
        R"([{"dp_rank":0,"num_reqs":3,"num_waiting_reqs":1},{"num_reqs":2,"num_waiting_reqs":0}])"}});
  EXPECT_EQ(without.facts.version, "0.5.6");
  EXPECT_EQ(without.facts.load.running, 4);
  EXPECT_EQ(without.facts.load.waiting, 1);
}

TEST(ServerFacts, llama_server_by_its_props_and_slots) {
  const auto told = ask(
      ServerProfile::llama_server,
      {{"/v1/models",
        R"({"data":[{"id":"atlas","owned_by":"llamacpp","meta":{"n_ctx":512,"size":7}}]})"},
       {"/props",
        R"({"default_generation_settings":{"n_ctx":1024},"modalities":{"vision":true,"audio":false},)"
        R"("chat_template_caps":{"supports_tools":false},"build_info":"b6789-abc","is_sleeping":false})"},
       {"/slots", R"([{"id":0,"is_processing":true},{"id":1,"is_processing":false}])"}});
  EXPECT_EQ(told.kind, "openai");
  const auto& model = told.models.at(0);
  EXPECT_EQ(model.capabilities.context_tokens, 1024);
  EXPECT_TRUE(model.capabilities.vision);
  EXPECT_FALSE(model.capabilities.audio);
  EXPECT_FALSE(model.capabilities.tools);
  EXPECT_EQ(model.size_bytes, 7);
  EXPECT_EQ(model.loaded, true);
  EXPECT_EQ(told.facts.version, "b6789-abc");
  EXPECT_EQ(told.facts.load.running, 1);
  EXPECT_FALSE(told.facts.load.waiting);  // only /metrics tells it
}

TEST(ServerFacts, lm_studio_by_either_of_its_apis) {
  const std::string list = R"({"data":[{"id":"qwen"},{"id":"nomic"},{"id":"seer"}]})";
  const std::string v0 =
      R"({"object":"list","data":[{"id":"qwen","type":"llm","state":"loaded","max_context_length":32768},
          {"id":"nomic","type":"embeddings","state":"not-loaded","max_context_length":2048},
          {"id":"seer","type":"vlm","state":"not-loaded","max_context_length":131072},
          {"id":"unlisted","type":"llm"}]})";
  const std::string v1 =
      R"({"models":[{"key":"qwen","type":"llm","size_bytes":9,"max_context_length":40960,
          "loaded_instances":[{"id":"qwen","config":{"context_length":32768}}],"capabilities":{"vision":false}},
          {"key":"nomic","type":"embedding","max_context_length":2048,"loaded_instances":[]},
          {"key":"seer","type":"llm","max_context_length":131072,"loaded_instances":[],"capabilities":{"vision":true}}]})";
  // LM Studio answers unknown paths with status 200 and an error.
  const std::string quirk = R"({"error":"Unexpected endpoint or method."})";
  for (const auto& bodies :
       {std::map<std::string, std::string>{{"/v1/models", list}, {"/api/v0/models", v0}},
        std::map<std::string, std::string>{
            {"/v1/models", list}, {"/api/v0/models", quirk}, {"/api/v1/models", v1}}}) {
    const auto told = ask(ServerProfile::lmstudio, bodies);
    ASSERT_EQ(told.models.size(), 3U);
    EXPECT_EQ(told.kind, "openai");
    EXPECT_EQ(told.models[0].loaded, true);
    EXPECT_EQ(told.models[0].capabilities.context_tokens, 32768);
    EXPECT_TRUE(told.models[0].capabilities.chat);
    EXPECT_FALSE(told.models[0].capabilities.vision);
    EXPECT_FALSE(told.models[0].capabilities.logprobs);
    EXPECT_FALSE(told.models[0].capabilities.json_object);
    EXPECT_FALSE(told.models[1].capabilities.chat);
    EXPECT_TRUE(told.models[1].capabilities.embeddings);
    EXPECT_EQ(told.models[1].loaded, false);
    EXPECT_TRUE(told.models[2].capabilities.vision);
    EXPECT_EQ(told.facts.version, "");
  }
}

TEST(ServerFacts, what_is_not_told_stays_unknown) {
  const std::string list = R"({"data":[{"id":"m"}]})";
  for (const auto profile : {ServerProfile::any, ServerProfile::vllm, ServerProfile::sglang,
                             ServerProfile::llama_server, ServerProfile::lmstudio}) {
    for (const std::string rubbish :
         {"", "<html>", "[]", "{}", "[{}]", R"({"version":{}})", R"({"version":"a b"})",
          "vllm:num_requests_running{a=\"b\"} NaN\nsglang:num_running_reqs -1\n"}) {
      const auto told = ask(profile, {{"/v1/models", list},
                                      {"/version", rubbish},
                                      {"/metrics", rubbish},
                                      {"/props", rubbish},
                                      {"/slots", rubbish == "[]" ? "{}" : rubbish},
                                      {"/get_load", rubbish},
                                      {"/get_server_info", rubbish},
                                      {"/api/v0/models", rubbish}});
      EXPECT_EQ(told.facts.version, "");
      EXPECT_FALSE(told.facts.load.running) << rubbish;
      EXPECT_FALSE(told.facts.load.waiting) << rubbish;
      EXPECT_EQ(told.models.at(0).capabilities.context_tokens, 0);
      EXPECT_FALSE(told.models.at(0).loaded);
    }
  }
}

TEST(ServerFacts, a_server_that_is_away_is_an_error) {
  RuntimeOnLoop node(
      {.id = "r", .base_url = "http://127.0.0.1:1/v1", .profile = ServerProfile::vllm});
  EXPECT_FALSE(node.run(node.runtime->facts()).ok());
}

TEST(ServerFacts, G6_73_facts_that_never_end_are_not_waited_for) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string& request) {
    if (request.find("/metrics") == std::string::npos) {
      wire.say(http_answer(R"({"data":[{"id":"m"}]})"));
      return;
    }
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
    const std::string junk(1 << 20, 'x');
    for (int i = 0; i < 100 && wire.say(junk); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  RuntimeOnLoop node({.id = "r", .base_url = upstream.url(), .profile = ServerProfile::vllm});
  const auto facts = node.run(node.runtime->facts());
  ASSERT_TRUE(facts.ok());
  EXPECT_FALSE(facts->load.running);
}

TEST(ServerFacts, G6_72_facts_follow_no_redirect) {
  ScriptedUpstream thief(tells({{"/version", R"({"version":"1"})"}}));
  const std::string location = "Location: " + thief.root_url() + "/version\r\n";
  ScriptedUpstream upstream([&](const Wire& wire, const std::string& request) {
    wire.say(request.starts_with("GET /v1/models") ? http_answer(R"({"data":[]})")
                                                   : http_answer("", "302 Found", location));
  });
  RuntimeOnLoop node(
      {.id = "r", .base_url = upstream.url(), .api_key = "sk-1", .profile = ServerProfile::vllm});
  EXPECT_EQ(node.run(node.runtime->facts())->version, "");
  EXPECT_EQ(thief.connections(), 0);
}

TEST(SumGauge, reads_prometheus_text) {
  EXPECT_EQ(sum_gauge("a 1\n", "a"), 1);
  EXPECT_EQ(sum_gauge("a{x=\"} 7\",y=\"\\\"}\"} 2 1700000000\na{z=\"q\"} 3\r\n", "a"), 5);
  EXPECT_EQ(sum_gauge("a 2.0e1", "a"), 20);
  EXPECT_FALSE(sum_gauge("ab 1\n# a 1\n a 1\n", "a"));
  EXPECT_FALSE(sum_gauge("", "a"));
  for (const std::string_view text :
       {"a NaN", "a -1", "a +Inf", "a 1e300", "a", "a{", "a{x=\"y\"", "a{x=\"y\"}1", "a x", "a 1x"})
    EXPECT_FALSE(sum_gauge(text, "a")) << text;
}

}  // namespace
}  // namespace b3iq::runtimes

#include "runtimes/probe/runtime_probe.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>

#include "runtimes/upstream/runtime_on_loop.h"
#include "runtimes/upstream/scripted_upstream.h"

namespace b3iq::runtimes {
namespace {

using Bodies = std::map<std::string, std::string>;

std::string text_answer(std::string_view body) {
  std::string out =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ";
  return out.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

// Answers by path: the root as text, the rest as JSON; 404 for what it does not have.
ScriptedUpstream::Script tells(Bodies bodies) {
  return [bodies = std::move(bodies)](const Wire& wire, const std::string& request) {
    const std::size_t start = request.find(' ') + 1;
    const std::string path = request.substr(start, request.find(' ', start) - start);
    const auto found = bodies.find(path);
    if (found == bodies.end()) {
      wire.say(http_answer(R"({"detail":"Not Found"})", "404 Not Found"));
    } else {
      wire.say(path == "/" ? text_answer(found->second) : http_answer(found->second));
    }
  };
}

const Bodies kOllama = {{"/", "Ollama is running"},
                        {"/api/version", R"({"version":"0.13.5"})"},
                        {"/api/tags", R"({"models":[{"name":"a:7b","digest":"d"}]})"}};
const Bodies kLmStudio = {
    {"/api/v0/models",
     R"({"object":"list","data":[{"id":"q","object":"model","type":"llm","state":"loaded","max_context_length":4096}]})"}};
const Bodies kLlamaServer = {
    {"/props",
     R"({"default_generation_settings":{"n_ctx":512},"total_slots":4,"model_path":"x.gguf","build_info":"b1-c"})"},
    {"/v1/models", R"({"object":"list","data":[{"id":"atlas","owned_by":"llamacpp"}]})"}};
const Bodies kVllm = {
    {"/version", R"({"version":"0.12.0"})"},
    {"/v1/models",
     R"({"object":"list","data":[{"id":"v","owned_by":"vllm","max_model_len":512}]})"}};
const Bodies kSglang = {
    {"/get_model_info", R"({"model_path":"s","is_generation":true})"},
    {"/get_server_info", R"({"version":"0.5.6","api_key":"sk-x"})"},
    {"/v1/models", R"({"object":"list","data":[{"id":"s","owned_by":"sglang"}]})"}};

std::vector<FoundRuntime> probe(std::vector<ProbeCandidate> candidates, ProbeLimits limits = {}) {
  TaskLoop loop;
  return loop.run(probe_runtimes(loop.loop(), std::move(candidates), limits));
}

std::vector<FoundRuntime> probe(const ScriptedUpstream& upstream, ProbedServer likely,
                                ProbeLimits limits = {}) {
  return probe({{.url = upstream.root_url(), .likely = likely}}, limits);
}

struct Known {
  ProbedServer server;
  const Bodies* bodies;
  std::string model;
  std::string version;
  std::string kind;
  std::string profile;
};
const std::vector<Known> kAll = {
    {ProbedServer::ollama, &kOllama, "a:7b", "0.13.5", "ollama", ""},
    {ProbedServer::lmstudio, &kLmStudio, "q", "", "openai", "lmstudio"},
    {ProbedServer::llama_server, &kLlamaServer, "atlas", "b1-c", "openai", "llama-server"},
    {ProbedServer::vllm, &kVllm, "v", "0.12.0", "vllm", ""},
    {ProbedServer::sglang, &kSglang, "s", "0.5.6", "sglang", ""}};

TEST(RuntimeProbe, each_server_is_known_on_any_port) {
  for (const Known& known : kAll) {
    for (const ProbedServer likely : {known.server, ProbedServer::ollama, ProbedServer::vllm}) {
      ScriptedUpstream upstream(tells(*known.bodies));
      const auto found = probe(upstream, likely);
      ASSERT_EQ(found.size(), 1U) << known.kind;
      EXPECT_EQ(found[0].server, known.server);
      EXPECT_EQ(found[0].models, std::vector<std::string>{known.model});
      EXPECT_EQ(found[0].version, known.version);
      EXPECT_EQ(probed_kind(found[0].server), known.kind);
      EXPECT_EQ(probed_profile(found[0].server), known.profile);
      EXPECT_EQ(found[0].base_url,
                known.server == ProbedServer::ollama ? upstream.root_url() : upstream.url());
    }
  }
}

TEST(RuntimeProbe, all_are_asked_at_once_and_told_in_order) {
  std::vector<std::unique_ptr<ScriptedUpstream>> upstreams;
  std::vector<ProbeCandidate> candidates;
  for (const Known& known : kAll) {
    upstreams.push_back(std::make_unique<ScriptedUpstream>(tells(*known.bodies)));
    candidates.push_back({.url = upstreams.back()->root_url(), .likely = known.server});
  }
  candidates.insert(candidates.begin() + 2,
                    {.url = "http://127.0.0.1:1", .likely = ProbedServer::vllm});
  const auto found = probe(candidates);
  ASSERT_EQ(found.size(), kAll.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].server, kAll[i].server);
}

// Each known server with one mark taken away or bent.
TEST(RuntimeProbe, G6_78_what_only_looks_alike_is_not_taken) {
  const std::vector<std::pair<const Bodies*, Bodies>> bent = {
      {&kOllama, {{"/", "Koboldcpp is running"}}},
      {&kOllama, {{"/api/version", R"({"version":7})"}}},
      {&kOllama, {{"/api/tags", R"({"models":[{"name":"a"}]})"}}},
      {&kOllama, {{"/api/tags", R"({"tags":[]})"}}},
      {&kLmStudio, {{"/api/v0/models", R"({"data":[]})"}}},
      {&kLmStudio, {{"/api/v0/models", R"({"data":[{"id":"q","type":"llm","state":"on"}]})"}}},
      {&kLmStudio, {{"/api/v0/models", R"({"error":"Unexpected endpoint or method."})"}}},
      {&kLlamaServer, {{"/props", R"({"build_info":"b1"})"}}},
      {&kLlamaServer, {{"/v1/models", R"({"object":"list","data":[{"id":"a","owned_by":"me"}]})"}}},
      {&kVllm, {{"/version", R"({"version":""})"}}},
      {&kVllm, {{"/v1/models", R"({"object":"list","data":[{"id":"v","owned_by":"vllm"}]})"}}},
      {&kVllm, {{"/v1/models", R"({"object":"list","data":[]})"}}},
      {&kVllm,
       {{"/v1/models",
         R"({"object":"list","data":[{"id":"v","owned_by":"vllm","max_model_len":5},{"id":"w","owned_by":"x"}]})"}}},
      {&kSglang, {{"/get_model_info", R"({"model_path":"s"})"}}},
      {&kSglang, {{"/v1/models", R"([{"id":"s","owned_by":"sglang"}])"}}}};
  for (const auto& [whole, change] : bent) {
    Bodies bodies = *whole;
    for (const auto& [path, body] : change) bodies[path] = body;
    ScriptedUpstream upstream(tells(bodies));
    EXPECT_TRUE(probe(upstream, ProbedServer::ollama).empty()) << change.begin()->second;
  }
}

TEST(RuntimeProbe, G6_78_strangers_are_left_alone) {
  const std::string page = "<html>It works!</html>";
  const std::vector<std::string> answers = {
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n" + page,
      http_answer(page),
      http_answer("{}"),
      http_answer("[]"),
      http_answer(R"({"version":"1.0","models":[],"data":[]})"),
      http_answer("", "401 Unauthorized", "WWW-Authenticate: Basic\r\n"),
      http_answer("", "500 Oops"),
      "SSH-2.0-OpenSSH_9.6\r\n",
      "220 mail ESMTP\r\n",
      std::string("\x16\x03\x01\x00", 4)};
  for (const std::string& answer : answers) {
    ScriptedUpstream upstream([&](const Wire& wire, const std::string&) {
      wire.say(answer);
      if (!answer.starts_with("HTTP")) throw ScriptedUpstream::HangUp();
    });
    EXPECT_TRUE(probe(upstream, ProbedServer::vllm).empty()) << answer;
    for (const std::string& request : upstream.requests()) {
      EXPECT_TRUE(request.starts_with("GET ")) << request;
      EXPECT_EQ(request.find("Authorization"), std::string::npos);
    }
    EXPECT_LE(upstream.requests().size(), 9U);
  }
}

TEST(RuntimeProbe, G6_72_no_redirect_is_followed) {
  ScriptedUpstream real(tells(kOllama));
  ScriptedUpstream upstream([&](const Wire& wire, const std::string& request) {
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    wire.say(http_answer("", "302 Found", "Location: " + real.root_url() + path + "\r\n"));
  });
  EXPECT_TRUE(probe(upstream, ProbedServer::ollama).empty());
  EXPECT_EQ(real.connections(), 0);
}

TEST(RuntimeProbe, G6_73_endless_answers_and_silence_are_cut) {
  const auto started = std::chrono::steady_clock::now();
  ScriptedUpstream endless([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    const std::string junk(1 << 20, ' ');
    for (int i = 0; i < 50 && wire.say(junk); ++i) {
    }
    throw ScriptedUpstream::HangUp();
  });
  EXPECT_TRUE(probe(endless, ProbedServer::vllm).empty());
  ScriptedUpstream silent([](const Wire& wire, const std::string&) {
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp();
  });
  ScriptedUpstream halting([](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp();
  });
  ScriptedUpstream real(tells(kOllama));
  const auto found = probe({{.url = silent.root_url(), .likely = ProbedServer::vllm},
                            {.url = halting.root_url(), .likely = ProbedServer::vllm},
                            {.url = real.root_url(), .likely = ProbedServer::ollama}},
                           {.deadline_ms = 300});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].server, ProbedServer::ollama);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(RuntimeProbe, G6_70_only_this_machine_is_asked) {
  for (const std::string url :
       {"http://169.254.169.254", "http://10.255.255.1", "http://[fe80::1]", "file:///etc/passwd",
        "http://user:pw@127.0.0.1", "ftp://127.0.0.1", ""}) {
    EXPECT_TRUE(probe({{.url = url, .likely = ProbedServer::ollama}}, {.deadline_ms = 200}).empty())
        << url;
  }
  ScriptedUpstream own(tells(kOllama));
  EXPECT_TRUE(probe(own, ProbedServer::ollama, {.own_port = own.port()}).empty());
  EXPECT_EQ(own.connections(), 0);
  for (const auto& candidate : well_known_candidates()) {
    EXPECT_TRUE(candidate.url.starts_with("http://127.0.0.1:"));
    EXPECT_FALSE(candidate.configured);
  }
}

TEST(RuntimeProbe, G6_70_a_configured_address_is_still_no_metadata_service) {
  EXPECT_TRUE(
      probe({{.url = "http://169.254.169.254", .likely = ProbedServer::vllm, .configured = true}},
            {.deadline_ms = 200})
          .empty());
  ScriptedUpstream real(tells(kVllm));
  EXPECT_EQ(
      probe({{.url = real.root_url(), .likely = ProbedServer::vllm, .configured = true}}).size(),
      1U);
}

TEST(RuntimeProbe, models_that_ollama_fetches_from_elsewhere_are_not_told) {
  Bodies bodies = kOllama;
  bodies["/api/tags"] =
      R"({"models":[{"name":"a:7b","digest":"d"},{"name":"b:cloud","digest":"e","remote_host":"https://ollama.com"}]})";
  ScriptedUpstream upstream(tells(bodies));
  EXPECT_EQ(probe(upstream, ProbedServer::ollama).at(0).models, std::vector<std::string>{"a:7b"});
}

}  // namespace
}  // namespace b3iq::runtimes

#include "agent/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/settings_table.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-settings-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ::unsetenv("B3IQ_LISTEN");
  }
  ~SettingsTest() override { std::filesystem::remove_all(folder_); }
  base::Result<Settings> load(std::string_view text, const std::string& listen = "") {
    std::ofstream(folder_ + "/config.json") << text;
    return load_settings(folder_ + "/config.json", listen);
  }
  std::string folder_;
};

TEST_F(SettingsTest, AnEmptyFileMeansTheBuiltInModelOnLoopback) {
  const auto settings = load("{}");
  ASSERT_TRUE(settings.ok()) << settings.error().detail;
  EXPECT_EQ(settings->listen.host, "127.0.0.1");
  EXPECT_EQ(settings->listen.port, 8831);
  ASSERT_EQ(settings->runtimes.size(), 1u);
  EXPECT_EQ(settings->runtimes[0].kind, RuntimeKind::embedded);
}

TEST_F(SettingsTest, NoFileNamesTheFix) {
  const auto settings = load_settings(folder_ + "/none.json", "");
  EXPECT_EQ(settings.error().code, ErrorCode::not_found);
  EXPECT_NE(settings.error().detail.find("b3iq-host init"), std::string::npos);
}

TEST_F(SettingsTest, RuntimesAndAliases) {
  const auto settings =
      load(R"({"runtimes":[{"id":"big","kind":"embedded","model":"/m.gguf","slots":2},
    {"id":"lan","kind":"openai","base_url":"http://10.0.0.1/v1","models":["x"]}],"models":{"aliases":{"llama3.1:8b":"x"}}})");
  ASSERT_TRUE(settings.ok()) << settings.error().detail;
  ASSERT_EQ(settings->runtimes.size(), 2u);
  EXPECT_EQ(settings->runtimes[0].slots, 2);
  EXPECT_EQ(settings->runtimes[1].models, std::vector<std::string>{"x"});
  EXPECT_EQ(settings->model_names.aliases.at("llama3.1:8b"), std::vector<std::string>{"x"});
}

TEST_F(SettingsTest, PreferencesNameRuntimesThatExist) {
  const auto settings = load(
      R"({"runtimes":[{"id":"a","kind":"openai","base_url":"http://h","max_concurrent":3}],
          "models":{"aliases":{"best":["x","y"]},"prefer":{"x":"a"}},"limits":{"queue":0,"queue_wait":"2s"}})");
  ASSERT_TRUE(settings.ok()) << settings.error().detail;
  EXPECT_EQ(settings->runtimes[0].max_concurrent, 3);
  EXPECT_EQ(settings->model_names.aliases.at("best"), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(settings->model_names.preferred_runtimes.at("x"), std::vector<std::string>{"a"});
  EXPECT_EQ(settings->queue.waiting, 0);
  EXPECT_EQ(settings->queue.wait_ms, 2000);
  const auto unknown =
      load(R"({"runtimes":[{"id":"a","kind":"embedded"}],"models":{"prefer":{"x":["a","b"]}}})");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().detail.find("'b'"), std::string::npos) << unknown.error().detail;
  EXPECT_TRUE(load(R"({"models":{"prefer":{"x":["installed","embedded"]}}})").ok());
}

TEST_F(SettingsTest, EveryKindOfServer) {
  const auto settings = load(R"({"runtimes":[{"id":"a","kind":"ollama"},
    {"id":"b","kind":"ollama","base_url":"http://10.0.0.1:11434","context_tokens":8192,"models":["q:7b"]},
    {"id":"c","kind":"vllm","base_url":"http://10.0.0.1:8000/v1"},
    {"id":"d","kind":"sglang","base_url":"http://10.0.0.1:30000"},
    {"id":"e","kind":"openai","base_url":"http://10.0.0.1/v1"},
    {"id":"f","kind":"openai","profile":"lmstudio","base_url":"http://127.0.0.1:1234"},
    {"id":"g","kind":"openai","profile":"llama-server","base_url":"http://127.0.0.1:8080"}]})");
  ASSERT_TRUE(settings.ok()) << settings.error().detail;
  const auto& runtimes = settings->runtimes;
  ASSERT_EQ(runtimes.size(), 7u);
  EXPECT_EQ(runtimes[0].kind, RuntimeKind::ollama);
  EXPECT_EQ(runtimes[0].base_url, "http://127.0.0.1:11434");
  EXPECT_EQ(runtimes[1].base_url, "http://10.0.0.1:11434");
  EXPECT_EQ(runtimes[1].context_tokens, 8192);
  EXPECT_EQ(runtimes[2].kind, RuntimeKind::vllm);
  EXPECT_EQ(runtimes[2].profile, runtimes::ServerProfile::vllm);
  EXPECT_EQ(runtimes[3].profile, runtimes::ServerProfile::sglang);
  EXPECT_EQ(runtimes[4].profile, runtimes::ServerProfile::any);
  EXPECT_EQ(runtimes[5].profile, runtimes::ServerProfile::lmstudio);
  EXPECT_EQ(runtimes[6].profile, runtimes::ServerProfile::llama_server);
}

TEST_F(SettingsTest, BadRuntimesAreNamed) {
  for (const auto* text :
       {R"({"runtimes":{}})",
        R"({"runtimes":[{"id":"a"}]})",
        R"({"runtimes":[{"id":"a","kind":"magic"}]})",
        R"({"runtimes":[{"id":"A B","kind":"embedded"}]})",
        R"({"runtimes":[{"id":"a","kind":"openai"}]})",
        R"({"runtimes":[{"id":"a","kind":"vllm"}]})",
        R"({"runtimes":[{"id":"a","kind":"vllm","base_url":"http://x","profile":"lmstudio"}]})",
        R"({"runtimes":[{"id":"a","kind":"openai","base_url":"http://x","profile":"magic"}]})",
        R"({"runtimes":[{"id":"a","kind":"openai","base_url":"http://x","context_tokens":1}]})",
        R"({"runtimes":[{"id":"a","kind":"ollama","slots":4}]})",
        R"({"runtimes":[{"id":"a","kind":"embedded","slots":0}]})",
        R"({"runtimes":[{"id":"a","kind":"embedded","slot":1}]})",
        R"({"runtimes":[{"id":"a","kind":"embedded"},{"id":"a","kind":"embedded"}]})",
        R"({"runtimes":[{"id":"installed","kind":"embedded"}]})",
        R"({"models":{"aliases":[]}})",
        R"({"models":{"aliases":{"a":1}}})",
        R"({"models":{"aliases":{"a":[]}}})",
        R"({"models":{"aliases":{"a":["b",1]}}})",
        R"({"models":{"prefer":{"a":""}}})",
        R"({"tls":{"key":"/k"}})",
        R"({"listen":"localhost:80"})",
        R"({"listen":"1.2.3.4"})",
        R"({"listen":"1.2.3.4:99999"})"}) {
    const auto settings = load(text);
    ASSERT_FALSE(settings.ok()) << text;
    EXPECT_EQ(settings.error().code, ErrorCode::config_invalid) << text;
  }
}

TEST_F(SettingsTest, TheFlagWinsOverTheVariableOverTheFile) {
  ::setenv("B3IQ_LISTEN", "127.0.0.1:2", 1);
  EXPECT_EQ(load(R"({"listen":"127.0.0.1:1"})")->listen.port, 2);
  EXPECT_EQ(load(R"({"listen":"127.0.0.1:1"})", "[::1]:3")->listen.port, 3);
  ::unsetenv("B3IQ_LISTEN");
  EXPECT_EQ(load(R"({"listen":"127.0.0.1:1"})")->listen.port, 1);
  EXPECT_EQ(load(R"({"listen":"0.0.0.0:1"})")->listen.host, "0.0.0.0");
}

// To write the page anew: B3IQ_WRITE_DOCS=1 agent_test --gtest_filter='*ReferencePage*'.
TEST_F(SettingsTest, TheReferencePageIsUpToDate) {
  const auto page = settings_reference_page();
  const std::string path = B3IQ_SOURCE_DIR "/docs/config.md";
  if (std::getenv("B3IQ_WRITE_DOCS")) std::ofstream(path) << page;
  std::ifstream in(path);
  const std::string kept{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(kept, page) << "docs/config.md is not what the table of options says";
}

}  // namespace
}  // namespace b3iq::agent

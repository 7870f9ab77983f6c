#include "runtimes/ollama/ollama_library.h"

#include <gtest/gtest.h>

#include "runtimes/ollama/ollama_fixture.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using Script = ScriptedUpstream::Script;

class OllamaLibraryTest : public ::testing::Test {
 protected:
  base::Status pull(const ScriptedUpstream& upstream, std::string name = "llama3.2:1b") {
    auto library =
        OllamaLibrary::create(loop_.loop(), {.id = "o", .base_url = upstream.root_url()});
    EXPECT_TRUE(library.ok());
    auto note = [this](const PullProgress& progress) {
      progress_.push_back(progress);
      if (cancel_at_ == progress_.size()) source_.cancel();
    };
    return loop_.run((*library)->pull(std::move(name), std::move(note), source_.token()));
  }
  base::Status remove(const ScriptedUpstream& upstream, std::string name = "llama3.2:1b") {
    auto library =
        OllamaLibrary::create(loop_.loop(), {.id = "o", .base_url = upstream.root_url()});
    return loop_.run((*library)->remove(std::move(name)));
  }
  TaskLoop loop_;
  base::CancelSource source_;
  std::vector<PullProgress> progress_;
  std::size_t cancel_at_ = 0;
};

Script says(std::string bytes) {
  return [bytes = std::move(bytes)](const Wire& wire, const std::string&) {
    wire.say(bytes);
    throw ScriptedUpstream::HangUp();
  };
}

std::string ndjson(const std::string& lines) {
  return std::string(kNdjsonHead) + http_chunk(lines) + std::string(kLastChunk);
}

const std::string kLayer =
    R"({"status":"pulling abc","digest":"sha256:abc","total":100,"completed":40})"
    "\n";

TEST_F(OllamaLibraryTest, a_pull_tells_its_progress) {
  ScriptedUpstream upstream(
      says(ndjson("{\"status\":\"pulling manifest\"}\n" + kLayer + "{\"status\":\"success\"}")));
  const auto status = pull(upstream);
  ASSERT_TRUE(status.ok()) << status.error().detail;
  ASSERT_EQ(progress_.size(), 3U);
  EXPECT_EQ(progress_[0].status, "pulling manifest");
  EXPECT_FALSE(progress_[0].total_bytes);
  EXPECT_EQ(progress_[1].digest, "sha256:abc");
  EXPECT_EQ(progress_[1].total_bytes, 100);
  EXPECT_EQ(progress_[1].completed_bytes, 40);
  EXPECT_TRUE(upstream.requests().at(0).starts_with("POST /api/pull HTTP/1.1\r\n"));
  EXPECT_EQ(upstream.last_body(), R"({"model":"llama3.2:1b","stream":true})");
}

TEST_F(OllamaLibraryTest, G6_75_a_pull_that_stops_is_never_a_success) {
  for (const std::string& bytes :
       {ndjson(kLayer), ndjson(""), ndjson(kLayer + "<html>\n"), std::string(kNdjsonHead),
        std::string(kNdjsonHead) + http_chunk(kLayer)}) {
    ScriptedUpstream upstream(says(bytes));
    const auto status = pull(upstream);
    ASSERT_FALSE(status.ok()) << bytes;
    EXPECT_EQ(status.error().code, ErrorCode::upstream_failed) << status.error().detail;
  }
}

TEST_F(OllamaLibraryTest, G6_75_an_error_line_ends_the_pull_with_ollamas_words) {
  ScriptedUpstream full(says(ndjson(kLayer + "{\"error\":\"no space left on device\"}\n")));
  const auto status = pull(full);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::upstream_failed);
  EXPECT_NE(status.error().detail.find("no space left"), std::string::npos);
  ScriptedUpstream missing(
      says(ndjson("{\"error\":\"pull model manifest: file does not exist\"}\n")));
  EXPECT_EQ(pull(missing).error().code, ErrorCode::model_not_found);
}

TEST_F(OllamaLibraryTest, cancelling_closes_the_connection) {
  ScriptedUpstream upstream([](const Wire& wire, const std::string&) {
    wire.say(std::string(kNdjsonHead) + http_chunk(kLayer));
    wire.wait_for_close();
  });
  cancel_at_ = 1;
  const auto status = pull(upstream);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::cancelled);
}

TEST_F(OllamaLibraryTest, remove_deletes_by_name) {
  ScriptedUpstream upstream(
      [](const Wire& wire, const std::string&) { wire.say(http_answer("")); });
  EXPECT_TRUE(remove(upstream).ok());
  EXPECT_TRUE(upstream.requests().at(0).starts_with("DELETE /api/delete HTTP/1.1\r\n"));
  EXPECT_EQ(upstream.last_body(), R"({"model":"llama3.2:1b"})");
  ScriptedUpstream none(says(http_answer(R"({"error":"model 'x' not found"})", "404 Not Found")));
  EXPECT_EQ(remove(none).error().code, ErrorCode::model_not_found);
}

TEST(OllamaName, G6_70_a_name_cannot_make_ollama_dial_this_machine) {
  for (const std::string_view name :
       {"llama3.2", "llama3.2:1b", "user/model:tag", "models.example.org/user/Model-GGUF:Q4_K_M",
        "registry.example/library/qwen3:0.6b"}) {
    EXPECT_TRUE(check_ollama_name(name).ok()) << name;
  }
  for (const std::string_view name : {"",
                                      "/",
                                      "a/",
                                      "a//b",
                                      "../../etc/passwd",
                                      "./x",
                                      "a/../b",
                                      "a b",
                                      "a\nb",
                                      "a:",
                                      ":a",
                                      "a:b:c",
                                      "169.254.169.254/x/y",
                                      "localhost/x/y",
                                      "127.0.0.1:8831/x/y",
                                      "host/x/y",
                                      "box.local/x/y",
                                      "metadata.google.internal/x/y",
                                      "a.b/c/d/e",
                                      "http://a/b",
                                      "-x"}) {
    const auto status = check_ollama_name(name);
    ASSERT_FALSE(status.ok()) << name;
    EXPECT_EQ(status.error().param, "model");
  }
  EXPECT_FALSE(check_ollama_name(std::string(300, 'a')).ok());
}

}  // namespace
}  // namespace b3iq::runtimes

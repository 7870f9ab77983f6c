#include "agent/runtimes/runtime_section.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/settings.h"

namespace b3iq::agent {
namespace {

class RuntimeSectionTest : public ::testing::Test {
 protected:
  RuntimeSectionTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-section-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/config.json";
  }
  ~RuntimeSectionTest() override { std::filesystem::remove_all(folder_); }

  void put(std::string_view text) const { std::ofstream(path_) << text; }
  std::string text() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<RuntimeSettings> entries() const {
    auto settings = load_settings(path_, "");
    EXPECT_TRUE(settings.ok()) << settings.error().detail;
    return settings.ok() ? settings->runtimes : std::vector<RuntimeSettings>();
  }
  static RuntimeSettings server(std::string id) {
    RuntimeSettings settings;
    settings.id = std::move(id);
    settings.kind = RuntimeKind::openai;
    settings.base_url = "http://127.0.0.1:8080/v1";
    return settings;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(RuntimeSectionTest, AnEntryIsReadBackAsItWas) {
  put("{}");
  auto added = server("a");
  added.profile = runtimes::ServerProfile::lmstudio;
  added.api_key_file = "/k";
  added.max_concurrent = 3;
  ASSERT_TRUE(add_to_config(path_, added).ok());
  const auto all = entries();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, "embedded") << "the built-in model goes on to answer";
  EXPECT_EQ(all[0].kind, RuntimeKind::embedded);
  EXPECT_EQ(all[1].id, "a");
  EXPECT_EQ(all[1].kind, RuntimeKind::openai);
  EXPECT_EQ(all[1].base_url, added.base_url);
  EXPECT_EQ(all[1].profile, added.profile);
  EXPECT_EQ(all[1].api_key_file, "/k");
  EXPECT_EQ(all[1].max_concurrent, 3);
}

TEST_F(RuntimeSectionTest, WhatTheOwnerWroteStays) {
  put(R"({"listen":"127.0.0.1:1","runtimes":[{"kind":"ollama","id":"mine","models":["x","y"],)"
      R"("context_tokens":8192},{"id":"e","kind":"embedded","slots":2}],"drain":"5s"})");
  ASSERT_TRUE(add_to_config(path_, server("b")).ok());
  ASSERT_TRUE(remove_from_config(path_, "e").ok());
  const auto all = entries();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, "mine");
  EXPECT_EQ(all[0].models, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(all[0].context_tokens, 8192);
  EXPECT_LT(text().find("listen"), text().find("runtimes"));
  EXPECT_LT(text().find("runtimes"), text().find("drain"));
  ASSERT_TRUE(remove_from_config(path_, "b").ok());
  ASSERT_TRUE(remove_from_config(path_, "mine").ok());
  EXPECT_TRUE(entries().empty()) << "an empty list, not the built-in model again";
}

TEST_F(RuntimeSectionTest, AnIdThatCameIntoTheFileMeanwhileIsAConflict) {
  put(R"({"runtimes":[{"id":"a","kind":"embedded"}]})");
  const auto before = text();
  EXPECT_EQ(add_to_config(path_, server("a")).error().code, base::ErrorCode::conflict);
  EXPECT_TRUE(remove_from_config(path_, "none").ok());
  EXPECT_EQ(text(), before);
}

TEST_F(RuntimeSectionTest, AFileThatTheNodeWouldNotStartWithIsNotWritten) {
  put(R"({"runtimes":[{"id":"a","kind":"ollama"}],"models":{"prefer":{"m":"a"}}})");
  const auto before = text();
  const auto removed = remove_from_config(path_, "a");
  ASSERT_FALSE(removed.ok());
  EXPECT_EQ(removed.error().code, base::ErrorCode::conflict);
  EXPECT_NE(removed.error().detail.find("models.prefer"), std::string::npos);
  EXPECT_EQ(text(), before);
}

TEST_F(RuntimeSectionTest, ABrokenFileIsLeftAsItIs) {
  put("{\"runtimes\": [");
  EXPECT_FALSE(add_to_config(path_, server("a")).ok());
  EXPECT_FALSE(remove_from_config(path_, "a").ok());
  EXPECT_EQ(text(), "{\"runtimes\": [");
}

}  // namespace
}  // namespace b3iq::agent

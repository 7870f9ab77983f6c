#include "config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "config/config.h"
#include "config/test_table.h"

namespace b3iq::config {
namespace {

using ::testing::HasSubstr;

std::string changed(const std::string& text, std::vector<Change> changes) {
  const auto result = change_config(text, changes);
  return result.ok() ? *result : result.error().detail;
}

TEST(ChangeConfig, KeepsWhatIsThereInItsOrder) {
  EXPECT_EQ(changed(R"({"z": [1, {"a": null}], "listen": "old", "empty": {}, "none": []})",
                    {{"listen", "\"new\""}}),
            "{\n  \"z\": [\n    1,\n    {\n      \"a\": null\n    }\n  ],\n  \"listen\": \"new\",\n"
            "  \"empty\": {},\n  \"none\": []\n}\n");
}

TEST(ChangeConfig, AddsNestedMembersAndRemoves) {
  EXPECT_EQ(changed("", {{"limits.slots", "3"}}), "{\n  \"limits\": {\n    \"slots\": 3\n  }\n}\n");
  EXPECT_EQ(changed(R"({"limits":{"a":1}})", {{"limits.slots", "3"}, {"limits.a", std::nullopt}}),
            "{\n  \"limits\": {\n    \"slots\": 3\n  }\n}\n");
  EXPECT_EQ(changed(R"({"a":1})", {{"a", std::nullopt}}), "{}\n");
  EXPECT_EQ(changed(R"({"a":1})", {{"b.c", std::nullopt}}), "{\n  \"a\": 1\n}\n");
}

TEST(ChangeConfig, RefusesWhatIsWrong) {
  EXPECT_THAT(changed(R"({"limits": 3})", {{"limits.slots", "3"}}), HasSubstr("is no object"));
  EXPECT_THAT(changed("{}", {{"a..b", "3"}}), HasSubstr("not a name"));
  EXPECT_THAT(changed("{}", {{"", "3"}}), HasSubstr("not a name"));
  EXPECT_FALSE(change_config("{}", std::vector<Change>{{"a", "not json"}}).ok());
  EXPECT_FALSE(change_config("[]", std::vector<Change>{{"a", "1"}}).ok());
}

class RewriteConfig : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "b3iq-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/config.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  base::Status set(const std::string& name, const std::string& json) {
    const Change change[] = {{name, json}};
    return rewrite_config_file(path_, table_, change);
  }
  const OptionTable table_ = test_table();
  std::string folder_, path_;
};

TEST_F(RewriteConfig, WritesAPrivateFileThatLoads) {
  ASSERT_TRUE(set("limits.slots", "7").ok());
  ASSERT_TRUE(set("listen", "\"here:2\"").ok());
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto config = load(table_, path_, {});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->integer("limits.slots"), 7);
  EXPECT_EQ(config->text("listen"), "here:2");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}),
            1);  // nothing is left behind
}

TEST_F(RewriteConfig, AChangeThatTheTableRefusesChangesNothing) {
  ASSERT_TRUE(set("limits.slots", "7").ok());
  const std::string before = read_config_file(path_)->text;
  EXPECT_THAT(set("limits.slots", "700").error().detail, HasSubstr("from 1 to 64"));
  EXPECT_THAT(set("limits.slotz", "7").error().detail, HasSubstr("did you mean \"limits.slots\"?"));
  EXPECT_EQ(read_config_file(path_)->text, before);
}

TEST_F(RewriteConfig, ACheckThatRefusesTheNewTextChangesNothing) {
  ASSERT_TRUE(set("limits.slots", "7").ok());
  const std::string before = read_config_file(path_)->text;
  std::string seen;
  const auto refuse = [&seen](const std::string& text) -> base::Status {
    seen = text;
    return base::Error(base::ErrorCode::config_invalid, "no", "limits.slots");
  };
  const Change change[] = {{"limits.slots", "8"}};
  EXPECT_EQ(rewrite_config_file(path_, table_, change, refuse).error().param, "limits.slots");
  EXPECT_THAT(seen, HasSubstr("8"));
  EXPECT_EQ(read_config_file(path_)->text, before);
}

TEST_F(RewriteConfig, AWholeTextReplacesTheFileWhenTheTableTakesIt) {
  ASSERT_TRUE(set("limits.slots", "7").ok());
  EXPECT_FALSE(replace_config_file(path_, table_, R"({"limits": {"slots": 700}})").ok());
  EXPECT_THAT(read_config_file(path_)->text, HasSubstr("7"));
  ASSERT_TRUE(replace_config_file(path_, table_, R"({"listen": "here:9"})").ok());
  EXPECT_EQ(read_config_file(path_)->text, R"({"listen": "here:9"})");
}

TEST_F(RewriteConfig, ALinkStaysALink) {
  const std::string real = folder_ + "/real.json";
  path_ = real;
  ASSERT_TRUE(set("limits.slots", "7").ok());
  path_ = folder_ + "/link.json";
  std::filesystem::create_symlink(real, path_);
  ASSERT_TRUE(set("limits.slots", "8").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_THAT(read_config_file(real)->text, HasSubstr("8"));
}

TEST_F(RewriteConfig, CommandsAtOnceLoseNothing) {
  {
    std::vector<std::jthread> threads;
    for (const char* name : {"limits.slots", "limits.max_body", "limits.deadline", "listen"}) {
      threads.emplace_back([this, name] {
        for (int i = 0; i < 5; ++i) {
          EXPECT_TRUE(set(name, std::string_view(name) == "listen"         ? "\"here:1\""
                                : std::string_view(name) == "limits.slots" ? "5"
                                                                           : "5000")
                          .ok());
        }
      });
    }
  }
  const auto config = load(table_, path_, {});
  ASSERT_TRUE(config.ok());
  for (const char* name : {"limits.slots", "limits.max_body", "limits.deadline", "listen"}) {
    EXPECT_EQ(config->origin(name).kind, Origin::Kind::file) << name;
  }
}

}  // namespace
}  // namespace b3iq::config

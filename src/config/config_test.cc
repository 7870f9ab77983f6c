#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "config/test_table.h"

namespace b3iq::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Environment variables(std::map<std::string, std::string> map) {
  return [map = std::move(map)](const std::string& name) -> std::optional<std::string> {
    const auto found = map.find(name);
    if (found == map.end()) return std::nullopt;
    return found->second;
  };
}

class ConfigTest : public ::testing::Test {
 protected:
  base::Result<Config> read(const std::string& text) {
    return merge(table_, {"config.json", text});
  }
  std::string wrong(const std::string& text) {
    const auto config = read(text);
    EXPECT_FALSE(config.ok()) << text;
    if (config.ok()) return "";
    EXPECT_EQ(config.error().code, base::ErrorCode::config_invalid);
    return config.error().detail;
  }
  const OptionTable table_ = test_table();
};

TEST_F(ConfigTest, DefaultsStandWithoutSources) {
  const auto config = read("");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->text("listen"), "127.0.0.1:8831");
  EXPECT_FALSE(config->boolean("allow_remote"));
  EXPECT_EQ(config->size_bytes("limits.max_body"), 8 << 20);
  EXPECT_EQ(config->duration_ms("limits.deadline"), 30'000);
  EXPECT_EQ(config->integer("limits.slots"), 4);
  EXPECT_EQ(config->text("log.level"), "info");
  EXPECT_TRUE(config->list("allowed_hosts").empty());
  EXPECT_EQ(config->section("runtimes"), "");
  EXPECT_EQ(config->origin("listen").where, "default");
}

TEST_F(ConfigTest, EverythingCanBeSetInTheFile) {
  const auto config = read(R"({"listen": "[::1]:0", "allow_remote": true,
    "limits": {"max_body": "1MiB", "deadline": 2000, "slots": 9}, "log": {"level": "warn"},
    "allowed_hosts": ["a", "b"], "runtimes": [{"id": "r", "any": {"thing": 1}}], "models": {"aliases": {"x:1": "y"}}})");
  ASSERT_TRUE(config.ok()) << config.error().detail;
  EXPECT_EQ(config->text("listen"), "[::1]:0");
  EXPECT_TRUE(config->boolean("allow_remote"));
  EXPECT_EQ(config->size_bytes("limits.max_body"), 1 << 20);
  EXPECT_EQ(config->duration_ms("limits.deadline"), 2000);
  EXPECT_EQ(config->list("allowed_hosts"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(config->section("runtimes"), R"([{"id":"r","any":{"thing":1}}])");
  EXPECT_EQ(config->section("models.aliases"), R"({"x:1":"y"})");
  EXPECT_EQ(config->origin("log.level").kind, Origin::Kind::file);
  EXPECT_EQ(config->origin("log.level").where, "config.json");
}

TEST_F(ConfigTest, LaterSourcesWinAndSayWhereTheyAre) {
  Sources sources{"config.json",
                  R"({"listen": "file:1", "limits": {"slots": 2, "max_body": 2048}})"};
  sources.environment =
      variables({{"B3IQ_LISTEN", "env:1"}, {"B3IQ_SLOTS", "3"}, {"B3IQ_OTHER", "x"}});
  sources.flags = {{"--listen", "flag:1"}};
  const auto config = merge(table_, sources);
  ASSERT_TRUE(config.ok()) << config.error().detail;
  EXPECT_EQ(config->text("listen"), "flag:1");
  EXPECT_EQ(config->origin("listen").where, "--listen");
  EXPECT_EQ(config->integer("limits.slots"), 3);
  EXPECT_EQ(config->origin("limits.slots").where, "B3IQ_SLOTS");
  EXPECT_EQ(config->size_bytes("limits.max_body"), 2048);
}

TEST_F(ConfigTest, UnknownKeysNameTheNearest) {
  EXPECT_EQ(wrong(R"({"lisen": "x"})"),
            "config.json: \"lisen\" is not a known option; did you mean \"listen\"?");
  EXPECT_THAT(wrong(R"({"limits": {"maxbody": 1}})"),
              HasSubstr("did you mean \"limits.max_body\"?"));
  EXPECT_THAT(wrong(R"({"max_body": 5000})"), HasSubstr("did you mean \"limits.max_body\"?"));
  EXPECT_THAT(wrong(R"({"telemetry": {"on": true}})"),
              HasSubstr("\"telemetry\" is not a known option; remove it"));
  EXPECT_THAT(wrong(R"({"limits.slots": 1})"), HasSubstr("objects inside each other"));
}

TEST_F(ConfigTest, BadValuesNameTheKeyTheFileAndWhatMustBe) {
  EXPECT_EQ(wrong(R"({"limits": {"max_body": "1GiB"}})"),
            "config.json: \"limits.max_body\" is 1GiB, but must be a size from 1KiB to 64MiB (for "
            "example \"16MiB\")");
  EXPECT_THAT(wrong(R"({"log": {"level": "loud"}})"),
              HasSubstr("is \"loud\", but must be one of debug, info, warn"));
  EXPECT_THAT(wrong(R"({"limits": 4})"),
              HasSubstr("\"limits\" must be an object with members such as \"max_body\""));
  EXPECT_THAT(wrong("[]"), HasSubstr("one JSON object"));
  EXPECT_THAT(wrong("{"), HasSubstr("config.json: "));
  EXPECT_THAT(wrong(R"({"listen": "abc", "listen": "abd"})"), HasSubstr("config.json: "));
}

TEST_F(ConfigTest, AllThatIsWrongIsToldAtOnce) {
  const std::string text = wrong(R"({"lisen": 1, "allow_remote": "yes", "limits": {"slots": 0}})");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += (i ? ",\"zz" : "\"zz") + std::to_string(i) + "\":1";
  EXPECT_LT(wrong(many + "}").size(), 2000u);
}

TEST_F(ConfigTest, BadEnvironmentAndFlagsAreNamed) {
  Sources sources{"config.json", "{}"};
  sources.environment = variables({{"B3IQ_SLOTS", "many"}});
  EXPECT_EQ(merge(table_, sources).error().detail,
            "B3IQ_SLOTS: the value is \"many\", but must be a whole number from 1 to 64");
  sources = {"config.json", "{}", {}, {{"--listen", ""}}};
  EXPECT_THAT(merge(table_, sources).error().detail, HasSubstr("--listen: the value"));
}

TEST_F(ConfigTest, SecretsAreNeverShown) {
  const auto config = read(R"({"control": {"token": "hunter2"}})");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->text("control.token"), "hunter2");
  EXPECT_EQ(config->shown("control.token"), "(secret)");
  EXPECT_EQ(read("")->shown("control.token"), "");
  EXPECT_EQ(read("")->shown("limits.max_body"), "8MiB");
  const std::string text = wrong(R"({"control": {"token": ")" + std::string(200, 'h') + "\"}}");
  EXPECT_THAT(text, Not(HasSubstr("hhh")));
}

class ConfigFileTest : public ConfigTest {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "b3iq-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/config.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void put(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  std::string folder_, path_;
};

TEST_F(ConfigFileTest, LoadsFromDisk) {
  EXPECT_EQ(load(table_, path_, {}).error().code, base::ErrorCode::not_found);
  put(R"({"listen": "here:1"})");
  EXPECT_EQ(load(table_, path_, {})->text("listen"), "here:1");
  EXPECT_EQ(load(table_, path_, {})->origin("listen").where, path_);
  put("");
  EXPECT_EQ(load(table_, path_, {}).error().code, base::ErrorCode::config_invalid);
  put(std::string(kMaxConfigBytes + 1, ' '));
  EXPECT_THAT(load(table_, path_, {}).error().detail, HasSubstr("larger than"));
}

TEST_F(ConfigFileTest, ASecretInAPublicFileStopsTheStart) {
  put(R"({"control": {"token": "hunter2"}})", 0644);
  EXPECT_THAT(load(table_, path_, {}).error().detail, HasSubstr("chmod 600 " + path_));
  put(R"({"listen": "here:1"})", 0644);
  EXPECT_TRUE(load(table_, path_, {}).ok());
  put(R"({"control": {"token": "hunter2"}})", 0600);
  EXPECT_TRUE(load(table_, path_, {}).ok());
}

}  // namespace
}  // namespace b3iq::config

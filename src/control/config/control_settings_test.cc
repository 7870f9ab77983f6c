#include "control/config/control_settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "control/config/control_settings_table.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;

class ControlSettingsTest : public ::testing::Test {
 protected:
  ControlSettingsTest() : home_{folder_.file("home")} {
    ::unsetenv("B3IQ_CONTROL_LISTEN");
    ::unsetenv("B3IQ_CONTROL_DATABASE");
    ::unsetenv("B3IQ_CONTROL_PUBLIC_URL");
    EXPECT_TRUE(make_folders(home_).ok());
  }
  base::Result<ControlSettings> load(std::string_view text, const SettingFlags& flags = {}) {
    std::ofstream(home_.config()) << text;
    ::chmod(home_.config().c_str(), 0600);
    return load_control_settings(home_, flags);
  }
  storage::TemporaryFolder folder_;
  ControlHome home_;
};

TEST_F(ControlSettingsTest, AnEmptyFileMeansSqliteOnLoopback) {
  const auto settings = load("{}");
  ASSERT_TRUE(settings.ok()) << settings.error().detail;
  EXPECT_EQ(settings->listen.host, "127.0.0.1");
  EXPECT_EQ(settings->listen.port, 8840);
  EXPECT_TRUE(settings->database_uri.empty());
  EXPECT_TRUE(check_listen_rules(*settings).ok());
  const ControlSettings defaults;
  EXPECT_EQ(settings->limits.public_per_minute, defaults.limits.public_per_minute);
  EXPECT_EQ(settings->limits.connections, defaults.limits.connections);
  EXPECT_EQ(settings->drain_ms, defaults.drain_ms);
}

TEST_F(ControlSettingsTest, NoFileNamesTheFix) {
  const auto settings = load_control_settings(ControlHome{folder_.file("none")}, {});
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().code, ErrorCode::not_found);
  EXPECT_NE(settings.error().detail.find("init"), std::string::npos);
}

TEST_F(ControlSettingsTest, AnUnknownKeyIsRefusedWithTheNearestOne) {
  const auto settings = load(R"({"trusted_proxy":["10.0.0.1"]})");
  ASSERT_FALSE(settings.ok());
  EXPECT_NE(settings.error().detail.find("trusted_proxies"), std::string::npos);
}

TEST_F(ControlSettingsTest, G12_134_ADatabasesPasswordIsNeverShown) {
  constexpr std::string_view kUri = "postgresql://b3iq:hunter2marker@db.example/b3iq";
  const auto flagged = load("{}", {{"--database", std::string(kUri)}});
  ASSERT_FALSE(flagged.ok());
  EXPECT_EQ(flagged.error().detail.find("hunter2marker"), std::string::npos);
  EXPECT_NE(flagged.error().detail.find("database_file"), std::string::npos);
  const auto wrong = load(R"({"database":"mysql://hunter2marker"})");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().detail.find("hunter2marker"), std::string::npos);
  const auto right = load(R"({"database":"postgresql://b3iq:hunter2marker@db.example/b3iq"})");
  ASSERT_TRUE(right.ok()) << right.error().detail;
  EXPECT_EQ(right->database_uri.reveal_text(), kUri);
  EXPECT_EQ(right->values->shown("database").find("hunter2marker"), std::string::npos);
}

TEST_F(ControlSettingsTest, TheDatabaseMayStandInAPrivateFile) {
  const auto file = home_.secrets() + "/database";
  std::ofstream(file) << "postgresql://b3iq:secret@db/b3iq\n";
  ::chmod(file.c_str(), 0644);
  const auto text = R"({"database_file":")" + file + "\"}";
  EXPECT_EQ(load(text).error().code, ErrorCode::file_failed);
  ::chmod(file.c_str(), 0600);
  const auto settings = load(text);
  ASSERT_TRUE(settings.ok()) << settings.error().detail;
  EXPECT_EQ(settings->database_uri.reveal_text(), "postgresql://b3iq:secret@db/b3iq");
  EXPECT_FALSE(load(R"({"database":"postgresql://h/d","database_file":")" + file + "\"}").ok());
}

TEST_F(ControlSettingsTest, AnOpenAddressNeedsTlsOrAProxy) {
  EXPECT_FALSE(check_listen_rules(*load(R"({"listen":"0.0.0.0:8840"})")).ok());
  EXPECT_TRUE(
      check_listen_rules(*load(R"({"listen":"0.0.0.0:8840","trusted_proxies":["10.0.0.7"]})"))
          .ok());
  EXPECT_TRUE(
      check_listen_rules(
          *load(R"({"listen":"0.0.0.0:8840","tls":{"certificate":"/c.pem","key":"/k.pem"}})"))
          .ok());
  EXPECT_FALSE(load(R"({"tls":{"certificate":"/c.pem"}})").ok());
  EXPECT_FALSE(load(R"({"trusted_proxies":["proxy.example"]})").ok());
}

TEST_F(ControlSettingsTest, G9_118_ActsOfASecondPersonAreOfAClosedList) {
  EXPECT_TRUE(load("{}")->second_approval.empty());
  const auto both = load(R"({"admin":{"second_approval":["node.remove","credential.create"]}})");
  ASSERT_TRUE(both.ok()) << both.error().detail;
  EXPECT_EQ(both->second_approval,
            (ApprovalActs{ApprovalAct::node_remove, ApprovalAct::credential_create}));
  const auto unknown = load(R"({"admin":{"second_approval":["node.delete"]}})");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::config_invalid);
  EXPECT_NE(unknown.error().detail.find("node.remove, node.suspend"), std::string::npos);
  // With one credential more, one admin would be two persons.
  const auto alone = load(R"({"admin":{"second_approval":["node.remove"]}})");
  ASSERT_FALSE(alone.ok());
  EXPECT_NE(alone.error().detail.find("credential.create"), std::string::npos);
}

TEST_F(ControlSettingsTest, ThePublicUrlIsHttpsOrLoopback) {
  EXPECT_EQ(load(R"({"public_url":"https://control.example/"})")->public_url,
            "https://control.example");
  EXPECT_TRUE(load(R"({"public_url":"http://127.0.0.1:8840"})").ok());
  EXPECT_FALSE(load(R"({"public_url":"http://control.example"})").ok());
  EXPECT_FALSE(load(R"({"public_url":"control.example"})").ok());
}

// To write the page anew: B3IQ_WRITE_DOCS=1 control_test --gtest_filter='*ReferencePage*'.
TEST_F(ControlSettingsTest, TheReferencePageIsUpToDate) {
  const auto page = control_settings_reference_page();
  const std::string path = B3IQ_SOURCE_DIR "/docs/config-control-plane.md";
  if (std::getenv("B3IQ_WRITE_DOCS")) std::ofstream(path) << page;
  std::ifstream in(path);
  const std::string kept{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(kept, page) << "docs/config-control-plane.md is not what the table of options says";
}

}  // namespace
}  // namespace b3iq::control

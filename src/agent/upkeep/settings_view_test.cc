#include "agent/upkeep/settings_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/settings_table.h"

namespace b3iq::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

config::Config values(const std::string& text, std::map<std::string, std::string> flags = {}) {
  return config::merge(settings_table(), {"config.json", text, {}, std::move(flags)}).value();
}

const config::Option& option(std::string_view name) {
  return settings_table().options()[settings_table().find(name).value()];
}

std::string shown(std::string_view name, const SettingsView& view) {
  std::string text;
  json::Writer w(text);
  write_setting(w, option(name), view);
  return text;
}

TEST(SettingsView, TellsAValueInItsUnitAndAsPeopleWriteIt) {
  const SettingsView view{values("{}"), values(R"({"drain": "90s"})"),
                          values(R"({"drain": "90s"})")};
  const auto text = shown("drain", view);
  EXPECT_THAT(text, HasSubstr(R"("type":"duration","value":90000,"shown":"90s","default":30000)"));
  EXPECT_THAT(text, HasSubstr(R"("configured":true,"source":"config")"));
  EXPECT_THAT(text, HasSubstr(R"("pending":true)"));
  EXPECT_THAT(shown("allowed_hosts", view), HasSubstr(R"("type":"list","value":[])"));
}

TEST(SettingsView, NeverShowsASecret) {
  const auto secret = R"({"setup": {"token_sha256": "hunter2"}})";
  const SettingsView view{values("{}"), values(secret), values(secret)};
  const auto text = shown("setup", view);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr(R"x("value":null,"shown":"(secret)")x"));
  EXPECT_THAT(text, HasSubstr(R"("pending":false)"));
}

TEST(SettingsView, WhatAFlagDecidesIsLockedAndSaysSo) {
  const auto next = values("{}", {{"--listen", "127.0.0.1:1"}});
  EXPECT_THAT(why_locked(option("listen"), next).value(), HasSubstr("--listen"));
  EXPECT_FALSE(why_locked(option("drain"), next).has_value());
  for (const auto* name : {"node_id", "runtimes", "setup"})
    EXPECT_TRUE(why_locked(option(name), next).has_value()) << name;
}

// What shuts the page must say so where it is changed.
TEST(SettingsView, WarnsOfWhatLocksTheOwnerOut) {
  const SettingsView view{values("{}"), values("{}"), values("{}")};
  for (const auto* name : {"listen", "allow_remote", "tls.certificate", "tls.key", "allowed_hosts"})
    EXPECT_THAT(shown(name, view), Not(HasSubstr(R"("warning":null)"))) << name;
}

TEST(SettingsView, ASectionWithoutMembersIsAsGoodAsNone) {
  const SettingsView view{values(R"({"models": {"aliases": {}}})"), values("{}"), values("{}")};
  EXPECT_FALSE(is_pending(option("models.aliases"), view));
}

}  // namespace
}  // namespace b3iq::agent

// What config.json may say about NATS.
#include "control/wake/nats_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "crypto/secret_file.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::control {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;
using ::testing::Not;

class NatsSettingsTest : public ::testing::Test {
 protected:
  std::string secret(const std::string& text) const {
    const auto path = folder_.file("credentials");
    EXPECT_TRUE(crypto::write_secret_file(path, base::as_bytes(text)).ok());
    return path;
  }
  base::Result<std::optional<NatsSettings>> read(const std::string& nats) const {
    auto values = config::merge(
        table_, {.file_name = "config.json",
                 .file_text = "{\"nats\":" + nats + "}",
                 .environment = [](const std::string&) { return std::optional<std::string>(); }});
    EXPECT_TRUE(values.ok()) << (values.ok() ? "" : values.error().detail);
    return read_nats_settings(*values);
  }
  std::string refusal(const std::string& nats) const {
    const auto read_now = read(nats);
    EXPECT_FALSE(read_now.ok()) << nats;
    return read_now.ok() ? "" : read_now.error().detail;
  }

  const config::OptionTable table_{nats_options()};
  storage::TemporaryFolder folder_;
};

TEST_F(NatsSettingsTest, NothingMeansPolling) {
  const auto none = read("{}");
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_value());
}

TEST_F(NatsSettingsTest, ServersAndTheirDefaults) {
  const auto both = read(R"({"servers":["nats://10.0.0.1","nats://[::1]:5222"]})");
  ASSERT_TRUE(both.ok()) << both.error().detail;
  ASSERT_TRUE(both->has_value());
  const auto& servers = (*both)->servers;
  ASSERT_EQ(servers.size(), 2U);
  EXPECT_EQ(servers[0].name(), "10.0.0.1:4222");
  EXPECT_FALSE(servers[0].tls);
  EXPECT_EQ(servers[1].name(), "[::1]:5222");
  EXPECT_EQ((*both)->subject, "b3iq.wake");
  const auto tls = read(R"({"servers":["tls://nats.example"],"tls":{"ca":"/ca.pem"}})");
  ASSERT_TRUE(tls.ok()) << tls.error().detail;
  EXPECT_TRUE((*tls)->servers[0].tls);
}

TEST_F(NatsSettingsTest, WhatIsNoServerIsRefusedWithTheForm) {
  for (const auto* server :
       {"10.0.0.1:4222", "http://a:1", "nats://", "nats://a:0", "nats://a:70000", "nats://a/b",
        "nats://a/", "nats://a?x", "nats://a b", "tls://", "NATS://a"}) {
    EXPECT_THAT(refusal(std::string(R"({"servers":[")") + server + "\"]}"),
                HasSubstr("nats://HOST:4222"));
  }
}

TEST_F(NatsSettingsTest, APasswordInAnAddressIsRefusedAndNotShown) {
  const auto said = refusal(R"({"servers":["nats://b3iq:hunter2@10.0.0.1:4222"]})");
  EXPECT_THAT(said, HasSubstr("credentials_file"));
  EXPECT_THAT(said, Not(HasSubstr("hunter2")));
}

TEST_F(NatsSettingsTest, SubjectsHaveNoWildcardsAndNoSpaces) {
  for (const auto* subject : {"b3iq.*", "b3iq.>", ".a", "a.", "a..b", "a b", "a\\nPUB x 0"}) {
    EXPECT_THAT(refusal(std::string(R"({"servers":["nats://a"],"subject":")") + subject + "\"}"),
                HasSubstr("nats.subject"));
  }
}

TEST_F(NatsSettingsTest, TlsIsAllOrNothing) {
  EXPECT_THAT(refusal(R"({"servers":["tls://a","nats://b"],"tls":{"ca":"/ca.pem"}})"),
              HasSubstr("tls://"));
  EXPECT_THAT(refusal(R"({"servers":["tls://a"],"tls":{"certificate":"/c.pem"}})"),
              HasSubstr("nats.tls.key"));
}

TEST_F(NatsSettingsTest, OptionsWithoutServersAreRefused) {
  EXPECT_THAT(refusal(R"({"credentials_file":"/x"})"), HasSubstr("nats.servers"));
  EXPECT_THAT(refusal(R"({"tls":{"ca":"/x"}})"), HasSubstr("nats.servers"));
}

TEST_F(NatsSettingsTest, APasswordCrossesNoNetworkInTheClear) {
  const auto path = secret("b3iq:hunter2\n");
  const auto option = R"("credentials_file":")" + path + "\"";
  EXPECT_THAT(refusal(R"({"servers":["nats://10.0.0.1"],)" + option + "}"), HasSubstr("tls://"));
  EXPECT_TRUE(read(R"({"servers":["nats://127.0.0.1","nats://localhost"],)" + option + "}").ok());
  EXPECT_TRUE(read(R"({"servers":["tls://10.0.0.1"],)" + option + "}").ok());
  secret("-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n");
  EXPECT_TRUE(read(R"({"servers":["nats://10.0.0.1"],)" + option + "}").ok());
}

TEST_F(NatsSettingsTest, CredentialsFiles) {
  const auto password = read_nats_credentials(secret("user:pass:word\n"));
  ASSERT_TRUE(password.ok());
  EXPECT_EQ(password->form, NatsCredentials::Form::password);
  EXPECT_EQ(password->user, "user");
  EXPECT_EQ(password->secret.reveal_text(), "pass:word");
  const auto token = read_nats_credentials(secret("abc"));
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->form, NatsCredentials::Form::token);
  EXPECT_EQ(token->secret.reveal_text(), "abc");
  for (const auto* wrong : {"", "\n", ":p", "u:", "a b", "u:\"}", "a\nb", "u:\\"})
    EXPECT_FALSE(read_nats_credentials(secret(wrong)).ok()) << wrong;
  const auto path = secret("u:p");
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto open = read_nats_credentials(path);
  ASSERT_FALSE(open.ok());
  EXPECT_EQ(open.error().code, ErrorCode::file_failed);
  EXPECT_EQ(read_nats_credentials(folder_.file("none")).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace b3iq::control

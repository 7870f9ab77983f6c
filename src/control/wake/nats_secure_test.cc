// Who may speak: TLS with the right name, credentials, permissions.
#include <gtest/gtest.h>

#include "control/wake/wake_fixture.h"
#include "crypto/secret_file.h"
#include "http/testing/test_certificate.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::control {
namespace {

using namespace fixture;

class NatsSecure : public ::testing::Test {
 protected:
  void SetUp() override { B3_NEEDS_NATS(); }
  void start(const std::string& configuration) {
    auto started = TestNats::start_new({.configuration = configuration});
    ASSERT_TRUE(started.ok()) << started.error().detail;
    server_ = std::move(started).value();
  }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string certificate(const std::string& name, const std::string& names) const {
    http::write_test_certificate(file(name + ".pem"), file(name + ".key"), names);
    return file(name + ".pem");
  }
  std::string server_tls(const std::string& name, const std::string& more = "") const {
    return "tls { cert_file: \"" + file(name + ".pem") + "\", key_file: \"" + file(name + ".key") +
           "\"" + more + " }";
  }
  std::string secret(const std::string& text) const {
    EXPECT_TRUE(crypto::write_secret_file(file("credentials"), base::as_bytes(text)).ok());
    return file("credentials");
  }
  NatsSettings settings() const { return settings_for({server_->port()}); }
  NatsSettings tls_settings(const std::string& ca) const {
    auto settings = settings_for({server_->port()});
    settings.servers[0].tls = true;
    settings.servers[0].host = "localhost";
    settings.tls_ca = ca;
    return settings;
  }
  static bool says(const Replica& replica, std::string_view words) {
    const bool said =
        eventually([&] { return replica.degraded().find(words) != std::string::npos; });
    EXPECT_TRUE(said) << replica.degraded();
    EXPECT_FALSE(replica.connected());
    return said;
  }

  storage::TemporaryFolder folder_;
  std::unique_ptr<TestNats> server_;
};

TEST_F(NatsSecure, TlsWithTheRightNameAndAuthority) {
  const auto ca = certificate("good", "DNS:localhost");
  start(server_tls("good"));
  Replica a(tls_settings(ca));
  Replica b(tls_settings(ca));
  ASSERT_TRUE(a.connects() && b.connects()) << a.degraded();
  a.announce(node_id(1));
  EXPECT_TRUE(eventually([&] { return b.polls().times(node_id(1)) == 1; }));
}

TEST_F(NatsSecure, ACertificateForAnotherNameIsRefused) {
  const auto ca = certificate("other", "DNS:elsewhere.example");
  start(server_tls("other"));
  const Replica a(tls_settings(ca));
  EXPECT_TRUE(says(a, "SSL"));
}

TEST_F(NatsSecure, ACertificateOfAnotherAuthorityIsRefused) {
  certificate("good", "DNS:localhost");
  const auto stranger = certificate("stranger", "DNS:localhost");
  start(server_tls("good"));
  const Replica a(tls_settings(stranger));
  EXPECT_TRUE(says(a, "ertificate"));
  const Replica machine(tls_settings(""));
  EXPECT_TRUE(says(machine, "ertificate"));
}

TEST_F(NatsSecure, AServerThatSpeaksInTheClearIsRefusedWhereTlsWasAsked) {
  const auto ca = certificate("good", "DNS:localhost");
  start("");
  const Replica a(tls_settings(ca));
  EXPECT_TRUE(says(a, "ecure"));
}

TEST_F(NatsSecure, AServerMayAskForTheReplicasCertificate) {
  const auto ca = certificate("good", "DNS:localhost");
  const auto mine = certificate("mine", "DNS:replica-1");
  start(server_tls("good", ", ca_file: \"" + mine + "\", verify: true"));
  const Replica without(tls_settings(ca));
  EXPECT_TRUE(
      eventually([&] { return without.degraded().find("localhost") != std::string::npos; }));
  EXPECT_FALSE(without.connected());
  auto settings = tls_settings(ca);
  settings.tls_certificate = mine;
  settings.tls_key = file("mine.key");
  const Replica with(settings);
  EXPECT_TRUE(with.connects()) << with.degraded();
}

TEST_F(NatsSecure, UserAndPasswordFromAFileThatMayBeReplaced) {
  start("authorization { users: [ {user: \"b3iq\", password: \"right-horse\"} ] }");
  auto settings = this->settings();
  settings.credentials_file = secret("b3iq:wrong-horse\n");
  const Replica a(settings);
  EXPECT_TRUE(says(a, "uthorization"));
  EXPECT_EQ(a.degraded().find("horse"), std::string::npos);
  secret("b3iq:right-horse\n");
  EXPECT_TRUE(a.connects()) << a.degraded();
}

TEST_F(NatsSecure, AToken) {
  start("authorization { token: \"s3cret-token\" }");
  auto settings = this->settings();
  settings.credentials_file = secret("s3cret-token");
  const Replica a(settings);
  EXPECT_TRUE(a.connects()) << a.degraded();
  const Replica without(this->settings());
  EXPECT_TRUE(says(without, "uthorization"));
}

// Connected without the right to speak or to hear would look well and do nothing.
TEST_F(NatsSecure, AServerThatDoesNotPermitTheSubjectCountsAsDown) {
  for (const auto* permissions : {"publish: \"other.>\"", "subscribe: \"other.>\"",
                                  "publish: \"other.>\", subscribe: \"other.>\""}) {
    start(std::string("authorization { default_permissions = {") + permissions +
          "}\n users: [ {user: \"u\", password: \"p\"} ] }");
    auto settings = this->settings();
    settings.credentials_file = secret("u:p");
    const Replica a(settings);
    EXPECT_TRUE(says(a, "ermissions Violation")) << permissions;
  }
}

}  // namespace
}  // namespace b3iq::control

// The node's client against a control plane behind TLS: whose certificate is taken, whose is not,
// and what the owner is told.
#include <gmock/gmock.h>

#include "agent/sync/managed_fixture.h"
#include "http/testing/test_certificate.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using http::TestCertificate;
using testing::AllOf;
using testing::HasSubstr;

class ControlTlsTest : public ManagedFixture {
 protected:
  TestCertificate named(const std::string& name, std::string names) const {
    return {home_.root + "/" + name + ".pem", home_.root + "/" + name + ".key", std::move(names)};
  }
  // From now on this is the control plane's certificate.
  void serve(const TestCertificate& certificate) {
    control_ = std::make_unique<ScriptedControlPlane>(
        loop_, clock_, http::TlsFiles{certificate.certificate_path, certificate.key_path});
  }
  base::Status enroll_at(const std::string& host) { return enroll(control_->url(host)); }
  // Nothing was asked, so nothing was told: no token leaves before the certificate is checked.
  void expect_refused(const std::string& host, std::string_view reason, std::string_view fix) {
    const auto status = enroll_at(host);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::control_plane_unreachable);
    EXPECT_THAT(status.error().detail,
                AllOf(HasSubstr(std::string(reason)), HasSubstr(std::string(fix))));
    EXPECT_TRUE(control_->seen.empty());
    EXPECT_FALSE(has_managed_folder());
  }
};

TEST_F(ControlTlsTest, ASelfSignedCertificateIsRefusedAndTheFixNamed) {
  const auto certificate = named("self", "DNS:localhost,IP:127.0.0.1");
  write_test_certificate(certificate);
  serve(certificate);
  expect_refused("127.0.0.1", "self-signed certificate", "managed.ca_file");
  expect_refused("localhost", "self-signed certificate", "managed.ca_file");
}

TEST_F(ControlTlsTest, AnUnknownAuthorityIsRefusedAndTheFixNamed) {
  auto authority = named("authority", "");
  authority.authority = true;
  write_test_certificate(authority);
  const auto certificate = named("server", "IP:127.0.0.1");
  write_test_certificate(certificate, authority);
  serve(certificate);
  expect_refused("127.0.0.1", "issuer certificate", "managed.ca_file");
}

TEST_F(ControlTlsTest, AnotherNameIsRefusedAlsoWhenTheAuthorityIsTrusted) {
  const auto certificate = named("other", "DNS:control.example,IP:192.0.2.1");
  write_test_certificate(certificate);
  settings_.ca_file = certificate.certificate_path;
  serve(certificate);
  expect_refused("127.0.0.1", "IP address mismatch", "is for another name");
  expect_refused("localhost", "hostname mismatch", "is for another name");
}

TEST_F(ControlTlsTest, ACertificateOutOfItsTimeIsRefused) {
  auto expired = named("expired", "IP:127.0.0.1");
  expired.begins_s = -7'200;
  expired.ends_s = -3'600;
  write_test_certificate(expired);
  settings_.ca_file = expired.certificate_path;
  serve(expired);
  expect_refused("127.0.0.1", "certificate has expired", "clock");
  auto early = named("early", "IP:127.0.0.1");
  early.begins_s = 3'600;
  early.ends_s = 7'200;
  write_test_certificate(early);
  settings_.ca_file = early.certificate_path;
  serve(early);
  expect_refused("127.0.0.1", "certificate is not yet valid", "clock");
}

TEST_F(ControlTlsTest, AnAuthorityThatTheOwnerNamesIsTaken) {
  auto authority = named("authority", "");
  authority.authority = true;
  write_test_certificate(authority);
  const auto certificate = named("server", "DNS:localhost,IP:127.0.0.1");
  write_test_certificate(certificate, authority);
  settings_.ca_file = authority.certificate_path;
  serve(certificate);
  start();
  const auto enrolled = enroll_at("localhost");
  ASSERT_TRUE(enrolled.ok()) << enrolled.error().detail;
  ASSERT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  // The session's client, and not only the enrollment's, checks as well.
  restart();
  ASSERT_TRUE(reach([this] { return link().state == LinkState::connected; }));
  settings_.ca_file.clear();
  restart();
  ASSERT_TRUE(reach([this] { return link().state == LinkState::unreachable; }));
  EXPECT_THAT(link().error->detail, HasSubstr("managed.ca_file"));
}

TEST_F(ControlTlsTest, AnAuthorityFileThatIsNoneIsNamed) {
  const auto certificate = named("self", "IP:127.0.0.1");
  write_test_certificate(certificate);
  serve(certificate);
  settings_.ca_file = home_.root + "/nothing.pem";
  expect_refused("127.0.0.1", "nothing.pem", "managed.ca_file");
}

}  // namespace
}  // namespace b3iq::agent

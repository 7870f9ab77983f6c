#include "agent/service/service_unit.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace b3iq::agent {
namespace {

TEST(ServiceUnit, ThePackagesUnitIsThisText) {
  std::ifstream in(B3IQ_SOURCE_DIR "/packaging/systemd/b3iq-host.service");
  const std::string kept{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(kept, unit_text({ServiceScope::system, "/usr/bin/b3iq-host", "/var/lib/b3iq"}));
}

TEST(ServiceUnit, AUsersUnitNeedsNoRightsOfRoot) {
  const auto text = unit_text({ServiceScope::user, "/opt/b3iq/bin/b3iq-host", "/home/ada/.b3iq"});
  EXPECT_NE(text.find("ExecStart=/opt/b3iq/bin/b3iq-host --home /home/ada/.b3iq serve"),
            std::string::npos);
  EXPECT_NE(text.find("WantedBy=default.target"), std::string::npos);
  for (const auto* rule : {"User=", "StateDirectory=", "ProtectSystem="})
    EXPECT_EQ(text.find(rule), std::string::npos) << rule;
}

}  // namespace
}  // namespace b3iq::agent

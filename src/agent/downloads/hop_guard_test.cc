#include "agent/downloads/hop_guard.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

constexpr std::uint16_t kOwnPort = 8123;

class HopGuardTest : public ::testing::Test {
 protected:
  bool dials(HopKind kind, const std::string& host, const char* address, std::uint16_t port = 443) {
    guard->begin(kind, host);
    const bool allowed = policy(address, port).ok();
    EXPECT_EQ(allowed, !guard->refusal().has_value());
    return allowed;
  }
  std::shared_ptr<HopGuard> guard = std::make_shared<HopGuard>(kOwnPort);
  http::AddressPolicy policy = guard->policy();
};

TEST_F(HopGuardTest, TheFirstAddressIsTheOwnersChoice) {
  for (const char* address : {"127.0.0.1", "::1", "192.168.1.5", "fd12::1", "93.184.216.34"}) {
    EXPECT_TRUE(dials(HopKind::first, "mirror", address)) << address;
  }
}

TEST_F(HopGuardTest, G6_70_SomeAddressesAreNeverDialled) {
  for (const HopKind kind : {HopKind::first, HopKind::redirect}) {
    for (const char* address : {"169.254.169.254", "fe80::1", "100.100.100.200", "0.0.0.0",
                                "224.0.0.1", "::ffff:169.254.169.254"}) {
      EXPECT_FALSE(dials(kind, "models.example", address)) << address;
    }
    EXPECT_FALSE(dials(kind, "localhost", "127.0.0.1", kOwnPort));
  }
  EXPECT_FALSE(dials(HopKind::first, "models.example", "127.0.0.1")) << "a stranger's name";
  EXPECT_FALSE(dials(HopKind::first, "localhost", "93.184.216.34"));
}

TEST_F(HopGuardTest, G6_70_ARedirectNeverLeadsNearer) {
  ASSERT_TRUE(dials(HopKind::first, "models.example", "93.184.216.34"));
  EXPECT_TRUE(dials(HopKind::redirect, "cdn.example", "93.184.216.35"));
  EXPECT_FALSE(dials(HopKind::redirect, "127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(dials(HopKind::redirect, "router", "192.168.1.1"));
  EXPECT_FALSE(dials(HopKind::redirect, "router.example", "10.0.0.1"));
  EXPECT_FALSE(dials(HopKind::redirect, "v6.example", "fd12::1"));
  EXPECT_FALSE(dials(HopKind::redirect, "mapped.example", "::ffff:10.0.0.1"));
}

TEST_F(HopGuardTest, G6_70_FromAPrivateNetworkNotToThisMachine) {
  ASSERT_TRUE(dials(HopKind::first, "mirror", "192.168.1.5"));
  EXPECT_TRUE(dials(HopKind::redirect, "mirror2", "192.168.1.6"));
  EXPECT_TRUE(dials(HopKind::redirect, "cdn.example", "93.184.216.35"));
  EXPECT_FALSE(dials(HopKind::redirect, "mirror2", "192.168.1.6")) << "nor back";
  EXPECT_FALSE(dials(HopKind::redirect, "localhost", "127.0.0.1"));
}

// A later try may find the connection to the first server still open and not ask about it again.
TEST_F(HopGuardTest, G6_70_TheFarthestIsRememberedOverTries) {
  ASSERT_TRUE(dials(HopKind::first, "models.example", "93.184.216.34"));
  guard->begin(HopKind::first, "models.example");
  EXPECT_FALSE(dials(HopKind::redirect, "localhost", "127.0.0.1"));
}

}  // namespace
}  // namespace b3iq::agent

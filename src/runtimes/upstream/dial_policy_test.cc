#include "runtimes/upstream/dial_policy.h"

#include <gtest/gtest.h>

namespace b3iq::runtimes {
namespace {

// CASES G6 #70.
TEST(DialPolicy, case_70_metadata_and_link_local_addresses_are_refused) {
  for (const std::string_view address :
       {"169.254.169.254", "169.254.0.1", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254",
        "100.100.100.200", "168.63.129.16", "::ffff:168.63.129.16", "192.0.0.192", "0.0.0.0",
        "::", "224.0.0.1", "255.255.255.255", "ff02::1"}) {
    const auto status = check_dial(address, 80, 0);
    ASSERT_FALSE(status.ok()) << address;
    EXPECT_EQ(status.error().code, base::ErrorCode::runtime_unreachable);
  }
}

TEST(DialPolicy, case_70_the_nodes_own_port_is_refused) {
  EXPECT_FALSE(check_dial("127.0.0.1", 8831, 8831).ok());
  EXPECT_FALSE(check_dial("::1", 8831, 8831).ok());
  EXPECT_TRUE(check_dial("127.0.0.1", 8832, 8831).ok());
  EXPECT_TRUE(check_dial("127.0.0.1", 8831, 0).ok());
}

TEST(DialPolicy, what_the_owner_may_choose_is_allowed) {
  for (const std::string_view address :
       {"127.0.0.1", "::1", "10.0.0.5", "192.168.1.9", "fd12::1", "93.184.216.34"}) {
    EXPECT_TRUE(check_dial(address, 443, 8831).ok()) << address;
  }
}

}  // namespace
}  // namespace b3iq::runtimes

#include "runtimes/upstream/dial_policy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

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

TEST(DialPolicy, G6_70_own_port_on_an_address_of_this_machine_is_refused) {
  // The machine's own address, as the kernel would choose it to talk to a private network.
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in away{};
  away.sin_family = AF_INET;
  away.sin_port = htons(9);
  ASSERT_EQ(::inet_pton(AF_INET, "10.255.255.1", &away.sin_addr), 1);
  sockaddr_in own{};
  socklen_t size = sizeof own;
  const bool routed = ::connect(fd, reinterpret_cast<sockaddr*>(&away), sizeof away) == 0 &&
                      ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) == 0;
  ::close(fd);
  if (!routed) GTEST_SKIP() << "this machine has no route";
  char text[INET_ADDRSTRLEN];
  ASSERT_NE(::inet_ntop(AF_INET, &own.sin_addr, text, sizeof text), nullptr);
  if (http::classify_address(text) == http::AddressClass::loopback) GTEST_SKIP();
  EXPECT_FALSE(check_dial(text, 8831, 8831).ok()) << text;
  EXPECT_TRUE(check_dial(text, 8832, 8831).ok()) << text;
}

TEST(DialPolicy, G6_70_a_name_means_what_the_owner_wrote) {
  const auto refused = [](std::string_view host, std::string_view address) {
    return !check_configured_dial(host, address, 80, 8831).ok();
  };
  EXPECT_TRUE(refused("localhost", "10.0.0.5"));
  EXPECT_TRUE(refused("x.localhost", "93.184.216.34"));
  EXPECT_TRUE(refused("gpu.example.com", "127.0.0.1"));
  EXPECT_TRUE(refused("gpu.example.com", "::1"));
  EXPECT_TRUE(refused("gpu.example.com", "::ffff:127.0.0.1"));
  EXPECT_TRUE(refused("metadata.google.internal", "169.254.169.254"));
  EXPECT_FALSE(refused("localhost", "127.0.0.1"));
  EXPECT_FALSE(refused("localhost", "::1"));
  EXPECT_FALSE(refused("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(refused("gpubox", "127.0.1.1"));  // the machine's own name in /etc/hosts
  EXPECT_FALSE(refused("gpu.example.com", "10.0.0.5"));
}

TEST(DialPolicy, G6_70_probes_look_at_loopback_only) {
  const auto policy = loopback_policy(8831);
  EXPECT_TRUE(policy("127.0.0.1", 11434).ok());
  EXPECT_TRUE(policy("::1", 11434).ok());
  EXPECT_FALSE(policy("127.0.0.1", 8831).ok());
  for (const std::string_view address : {"10.0.0.5", "93.184.216.34", "169.254.169.254", "fe80::1"})
    EXPECT_FALSE(policy(address, 11434).ok()) << address;
}

TEST(DialPolicy, what_the_owner_may_choose_is_allowed) {
  for (const std::string_view address :
       {"127.0.0.1", "::1", "10.0.0.5", "192.168.1.9", "fd12::1", "93.184.216.34"}) {
    EXPECT_TRUE(check_dial(address, 443, 8831).ok()) << address;
  }
}

}  // namespace
}  // namespace b3iq::runtimes

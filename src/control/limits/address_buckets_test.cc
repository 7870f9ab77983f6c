#include "control/limits/address_buckets.h"

#include <gtest/gtest.h>

#include "control/limits/client_address.h"

namespace b3iq::control {
namespace {

TEST(AddressBuckets, RefusesPastTheLimitAndSaysWhenToComeBack) {
  base::FakeClock clock;
  AddressBuckets buckets(2, clock);
  EXPECT_TRUE(buckets.take("10.0.0.1").ok());
  EXPECT_TRUE(buckets.take("10.0.0.1").ok());
  const auto refused = buckets.take("10.0.0.1");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::rate_limited);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  EXPECT_LE(refused.error().retry_after_ms, 30'001);
  EXPECT_TRUE(buckets.take("10.0.0.2").ok());
  clock.advance_ms(refused.error().retry_after_ms);
  EXPECT_TRUE(buckets.take("10.0.0.1").ok());
}

TEST(AddressBuckets, ALookTakesNothingAndKeepsNothing) {
  base::FakeClock clock;
  AddressBuckets buckets(1, clock);
  EXPECT_TRUE(buckets.check("10.0.0.1").ok());
  EXPECT_EQ(buckets.size(), 0u);
  EXPECT_TRUE(buckets.take("10.0.0.1").ok());
  EXPECT_FALSE(buckets.check("10.0.0.1").ok());
  EXPECT_TRUE(buckets.check("10.0.0.2").ok());
  EXPECT_EQ(buckets.size(), 1u);
}

TEST(AddressBuckets, AnIpv6NetworkIsOneCaller) {
  base::FakeClock clock;
  AddressBuckets buckets(1, clock);
  EXPECT_TRUE(buckets.take("2001:db8::1").ok());
  EXPECT_FALSE(buckets.take("2001:db8::2").ok());
  EXPECT_FALSE(buckets.take("2001:0db8:0:0::3").ok());
  EXPECT_TRUE(buckets.take("2001:db8:0:1::1").ok());
}

TEST(AddressBuckets, TheirNumberIsBounded) {
  base::FakeClock clock;
  AddressBuckets buckets(1, clock);
  for (std::size_t i = 0; i < kMaxAddressBuckets + 100; ++i) {
    const auto address = "10." + std::to_string(i >> 16) + "." + std::to_string((i >> 8) & 255) +
                         "." + std::to_string(i & 255);
    EXPECT_TRUE(buckets.take(address).ok());
  }
  EXPECT_EQ(buckets.size(), kMaxAddressBuckets);
}

class ClientAddress : public ::testing::Test {
 protected:
  std::string_view of(std::string_view peer, std::vector<http::HeaderView> headers) {
    request_.peer_address = peer;
    request_.headers = std::move(headers);
    return client_address(request_, proxies_);
  }
  http::Request request_;
  std::vector<AddressRange> proxies_ = {*parse_address_range("10.0.0.0/8"),
                                        *parse_address_range("::1")};
};

TEST_F(ClientAddress, AStrangersHeaderIsIgnored) {
  EXPECT_EQ(of("192.0.2.1", {{"X-Forwarded-For", "198.51.100.7"}}), "192.0.2.1");
}

TEST_F(ClientAddress, AProxysLastWordCounts) {
  EXPECT_EQ(of("10.0.0.1", {{"x-forwarded-for", "203.0.113.9, 198.51.100.7"}}), "198.51.100.7");
  EXPECT_EQ(of("::1", {{"X-Forwarded-For", "198.51.100.7, 10.1.1.1"}}), "198.51.100.7");
  EXPECT_EQ(
      of("10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "198.51.100.7"}}),
      "198.51.100.7");
}

TEST_F(ClientAddress, NoHeaderOrJunkLeavesTheProxy) {
  EXPECT_EQ(of("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "me, the client"}}), "10.0.0.1");
  EXPECT_EQ(of("10.0.0.1", {{"X-Forwarded-For", "10.2.2.2"}}), "10.2.2.2");
}

TEST(AddressRange, TakesBothFamiliesAndRefusesTheRest) {
  EXPECT_TRUE(parse_address_range("10.0.0.0/8")->contains(*parse_address("10.255.0.1")));
  EXPECT_FALSE(parse_address_range("10.0.0.0/8")->contains(*parse_address("11.0.0.1")));
  EXPECT_TRUE(parse_address_range("10.0.0.0/8")->contains(*parse_address("::ffff:10.1.2.3")));
  EXPECT_TRUE(parse_address_range("fd00::/9")->contains(*parse_address("fd7f::1")));
  EXPECT_FALSE(parse_address_range("fd00::/9")->contains(*parse_address("fd80::1")));
  EXPECT_TRUE(parse_address_range("0.0.0.0/0")->contains(*parse_address("1.2.3.4")));
  EXPECT_FALSE(parse_address_range("0.0.0.0/0")->contains(*parse_address("2001:db8::1")));
  for (const auto* wrong : {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.1/8x"})
    EXPECT_FALSE(parse_address_range(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace b3iq::control

#include "agent/auth/request_gate.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

using base::ErrorCode;

const GateRules kRules{8831, {"node.lan"}, {"https://app.example"}};

base::Status check(std::vector<http::HeaderView> headers) {
  http::Request request;
  request.headers = std::move(headers);
  return check_request(kRules, request);
}

TEST(RequestGate, KnownHostsPass) {
  for (const auto* host :
       {"127.0.0.1:8831", "localhost:8831", "LOCALHOST:8831", "[::1]:8831", "node.lan:8831"}) {
    EXPECT_TRUE(check({{"Host", host}}).ok()) << host;
  }
}

TEST(RequestGate, TheNearEndOfATunnelHasAPortOfItsOwn) {
  EXPECT_TRUE(check({{"Host", "127.0.0.1:9000"}, {"Origin", "http://127.0.0.1:9000"}}).ok());
  EXPECT_TRUE(check({{"Host", "localhost"}, {"Origin", "http://localhost"}}).ok());
  for (const auto* origin : {"http://127.0.0.1:8831", "http://localhost:9000", "https://127.0.0.1"})
    EXPECT_FALSE(check({{"Host", "127.0.0.1:9000"}, {"Origin", origin}}).ok()) << origin;
}

TEST(RequestGate, G1_1_ForeignHostsAreRefused) {
  for (const auto* host : {"evil.example:8831", "evil.example", "node.lan:9000",
                           "127.0.0.1:8831.evil.example", "localhost.evil.example:8831",
                           "localhost:8831:8831", "", "[::1", "127.0.0.1:", "node.lan"}) {
    const auto status = check({{"Host", host}});
    ASSERT_FALSE(status.ok()) << host;
    EXPECT_EQ(status.error().code, ErrorCode::host_not_allowed);
  }
  EXPECT_FALSE(check({}).ok());
}

TEST(RequestGate, G1_3_ForeignOriginsAreRefused) {
  for (const auto* origin : {"null", "https://evil.example", "http://127.0.0.1:3000", "file://",
                             "chrome-extension://abc", "https://127.0.0.1:8831",
                             "http://127.0.0.1:8831.evil.example", "HTTP://evil"}) {
    const auto status = check({{"Host", "127.0.0.1:8831"}, {"Origin", origin}});
    ASSERT_FALSE(status.ok()) << origin;
    EXPECT_EQ(status.error().code, ErrorCode::origin_not_allowed);
  }
}

TEST(RequestGate, OwnAndListedOriginsPass) {
  EXPECT_TRUE(check({{"Host", "127.0.0.1:8831"}, {"Origin", "http://127.0.0.1:8831"}}).ok());
  EXPECT_TRUE(check({{"Host", "localhost:8831"},
                     {"Origin", "http://localhost:8831"},
                     {"Sec-Fetch-Site", "same-origin"}})
                  .ok());
  EXPECT_TRUE(check({{"Host", "127.0.0.1:8831"},
                     {"Origin", "https://app.example"},
                     {"Sec-Fetch-Site", "cross-site"}})
                  .ok());
}

TEST(RequestGate, G1_2_CrossSiteRequestsWithoutOriginAreRefused) {
  for (const auto* site : {"cross-site", "same-site", "unknown"}) {
    EXPECT_FALSE(check({{"Host", "127.0.0.1:8831"}, {"Sec-Fetch-Site", site}}).ok()) << site;
  }
  EXPECT_TRUE(check({{"Host", "127.0.0.1:8831"}, {"Sec-Fetch-Site", "none"}}).ok());
}

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

TEST(RequestGate, G1_4_OnlyListedOriginsGetAPreflight) {
  for (const std::string_view origin : {"https://app.example", "https://evil.example"}) {
    http::Request request;
    request.method = http::Method::options;
    request.headers = {{"Origin", origin},
                       {"Access-Control-Request-Method", "POST"},
                       {"Access-Control-Request-Headers", "x-api-key,x-stainless-os, x-evil"},
                       {"Access-Control-Request-Private-Network", "true"}};
    http::Response response;
    response.status = 405;
    allow_listed_origin(kRules, request, response);
    const bool listed = origin == "https://app.example";
    EXPECT_EQ(response.status, listed ? 204 : 405);
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), listed ? origin : "");
    const auto headers = std::string(header_of(response, "Access-Control-Allow-Headers"));
    EXPECT_EQ(headers.find("x-evil"), std::string::npos);
    for (const auto* name : {"authorization", "x-api-key", "anthropic-version", "x-stainless-os"})
      EXPECT_EQ(headers.find(name) != std::string::npos, listed) << name;
    EXPECT_EQ(header_of(response, "Access-Control-Allow-Private-Network"), listed ? "true" : "");
  }
}

}  // namespace
}  // namespace b3iq::agent

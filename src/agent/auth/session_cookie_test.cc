#include "agent/auth/session_cookie.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

std::optional<std::string_view> read(std::vector<std::string_view> lines, std::string_view name) {
  http::Request request;
  for (const auto line : lines) request.headers.push_back({"cOOkie", line});
  return cookie_value(request, name);
}

TEST(SessionCookie, FindsItsOwnAmongOthers) {
  EXPECT_EQ(read({"a=1; b3iq=x;  c=3"}, "b3iq"), "x");
  EXPECT_EQ(read({"a=1", "b3iq=x=y"}, "b3iq"), "x=y");
  EXPECT_EQ(read({"b3iq="}, "b3iq"), "");
}

TEST(SessionCookie, IsNotMistakenForALongerOrShorterName) {
  EXPECT_EQ(read({"b3iq2=x; b3i=y; b3iq"}, "b3iq"), std::nullopt);
  EXPECT_EQ(read({}, "b3iq"), std::nullopt);
  EXPECT_EQ(read({"; ;;="}, "b3iq"), std::nullopt);
}

TEST(SessionCookie, G1_12_TwoOfOneNameAreBothDisbelieved) {
  EXPECT_EQ(read({"b3iq=x; b3iq=y"}, "b3iq"), std::nullopt);
  EXPECT_EQ(read({"b3iq=x", "b3iq=x"}, "b3iq"), std::nullopt);
}

TEST(SessionCookie, G1_12_IsHttpOnlyStrictAndSecureOverTls) {
  const auto plain = set_cookie("n", "v", 60, false);
  EXPECT_EQ(plain, "n=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict");
  EXPECT_EQ(set_cookie("n", "v", 60, true), plain + "; Secure");
  EXPECT_EQ(clear_cookie("n", false), "n=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

TEST(SessionCookie, TwoNodesOnOneHostHaveTheirOwnNames) {
  const auto a = cookie_names("b3n_abcdefghijklmnop");
  const auto b = cookie_names("b3n_bbcdefghijklmnop");
  EXPECT_EQ(a.session, "b3iq_session_b3n_abcdefgh");
  EXPECT_NE(a.session, b.session);
  EXPECT_NE(a.session, a.browser);
}

}  // namespace
}  // namespace b3iq::agent

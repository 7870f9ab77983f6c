#include <gtest/gtest.h>

#include "http/client.h"

namespace b3iq::http {
namespace {

TEST(Origin, Forms) {
  const auto plain = parse_origin("http://Ollama.local").value();
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "ollama.local");
  EXPECT_EQ(plain.port, 80);
  EXPECT_EQ(plain.prefix, "");
  const auto full = parse_origin("https://[::1]:8443/v1/").value();
  EXPECT_TRUE(full.tls);
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 8443);
  EXPECT_EQ(full.prefix, "/v1");
  EXPECT_EQ(parse_origin("https://10.0.0.1").value().port, 443);
}

TEST(Origin, G6_70_Refused) {
  for (const char* url : {"",
                          "file:///etc/passwd",
                          "ftp://a",
                          "//a",
                          "http://",
                          "http:///x",
                          "http://u@a",
                          "http://u:p@a",
                          "http://a:0",
                          "http://a:65536",
                          "http://a:",
                          "http://a:8x",
                          "http://a b",
                          "http://a\r\nX: y",
                          "http://[::1",
                          "http://[::1]x",
                          "http://[zz]",
                          "http://[1.2.3.4]",
                          "http://a/x?y",
                          "http://a/x#y",
                          "http://a/x y",
                          "http://a\\b",
                          "HTTP://a",
                          "http://a?x"}) {
    EXPECT_FALSE(parse_origin(url).ok()) << url;
  }
}

TEST(Origin, AddressClasses) {
  const auto all = [](AddressClass wanted, std::initializer_list<const char*> addresses) {
    for (const char* address : addresses) EXPECT_EQ(classify_address(address), wanted) << address;
  };
  all(AddressClass::loopback, {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"});
  all(AddressClass::private_network, {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                                      "100.64.0.1", "fd00::1", "::ffff:192.168.0.1"});
  all(AddressClass::link_local, {"169.254.169.254", "fe80::1", "::ffff:169.254.169.254"});
  all(AddressClass::public_network, {"8.8.8.8", "172.32.0.1", "2600::1", "100.128.0.1"});
  all(AddressClass::other,
      {"0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "64:ff9b::7f00:1",
       "2002:7f00:1::", "localhost", "", "127.1", "0x7f.0.0.1", "2130706433"});
}

}  // namespace
}  // namespace b3iq::http

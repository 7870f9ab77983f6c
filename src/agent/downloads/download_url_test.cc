#include "agent/downloads/download_url.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

using base::ErrorCode;

std::string read(std::string_view text) {
  const auto url = parse_download_url(text);
  if (!url.ok()) return "refused";
  return (url->origin.tls ? "https|" : "http|") + url->origin.host + "|" +
         std::to_string(url->origin.port) + "|" + url->target;
}

TEST(DownloadUrl, IsSplit) {
  EXPECT_EQ(read("https://models.example/a/b.gguf?rev=1"),
            "https|models.example|443|/a/b.gguf?rev=1");
  EXPECT_EQ(read("HTTP://Models.Example:8080"), "http|models.example|8080|/");
  EXPECT_EQ(read("http://[::1]:81?q"), "http|::1|81|/?q");
  EXPECT_EQ(read("https://models.example/a b/\xC3\xA9|.gguf"),
            "https|models.example|443|/a%20b/%C3%A9%7C.gguf");
  EXPECT_EQ(read("https://models.example/a%20b"), "https|models.example|443|/a%20b");
  EXPECT_EQ(read("https://models.example/../a/./b/../c"), "https|models.example|443|/a/c");
}

TEST(DownloadUrl, WhatCannotBeUsedIsRefused) {
  for (const char* text :
       {"", "a", "/a", "//a/b", "ftp://a/b", "https:/a/b", "https://", "https:///b",
        "https://a b/c", "https://u:p@a/b", "https://a:0/b", "https://a:99999/", "https://[::1/b",
        "https://a/b#c", "https://a\r\nHost: b/"}) {
    EXPECT_EQ(read(text), "refused") << text;
  }
  EXPECT_EQ(read("https://a/" + std::string(kMaxUrlBytes, 'a')), "refused");
  const auto error = parse_download_url("https://user:hunter2@a/b");
  EXPECT_EQ(error.error().detail.find("hunter2"), std::string::npos);
}

TEST(DownloadUrl, PlacesHideTheQuery) {
  EXPECT_EQ(parse_download_url("https://a.example/b?signature=x")->place(), "https://a.example/b");
  EXPECT_EQ(parse_download_url("http://[::1]:8080/b")->place(), "http://[::1]:8080/b");
}

std::string led(std::string_view from, std::string_view location) {
  const auto to = resolve_redirect(*parse_download_url(from), location);
  if (!to.ok()) {
    EXPECT_EQ(to.error().code, ErrorCode::download_refused);
    return "refused";
  }
  return (to->origin.tls ? "https://" : "http://") + to->origin.host + ":" +
         std::to_string(to->origin.port) + to->target;
}

// RFC 3986 section 5.4, without fragments.
TEST(Redirect, RelativeAddressesAreResolved) {
  constexpr const char* kBase = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> kCases[] = {
      {"g", "/b/c/g"},       {"./g", "/b/c/g"},    {"g/", "/b/c/g/"},
      {"/g", "/g"},          {"?y", "/b/c/d;p?y"}, {"g?y", "/b/c/g?y"},
      {"g#s", "/b/c/g"},     {"g;x", "/b/c/g;x"},  {".", "/b/c/"},
      {"./", "/b/c/"},       {"..", "/b/"},        {"../", "/b/"},
      {"../g", "/b/g"},      {"../..", "/"},       {"../../g", "/g"},
      {"../../../g", "/g"},  {"/./g", "/g"},       {"/../g", "/g"},
      {"g.", "/b/c/g."},     {"..g", "/b/c/..g"},  {"./../g", "/b/g"},
      {"g/./h", "/b/c/g/h"}, {"g/../h", "/b/c/h"}, {"g?y/../x", "/b/c/g?y/../x"},
  };
  for (const auto& [location, target] : kCases) {
    EXPECT_EQ(led(kBase, location), std::string("http://a:80") + target) << location;
  }
  EXPECT_EQ(led(kBase, "//g/h"), "http://g:80/h");
  EXPECT_EQ(led("https://a/b", "//g/h"), "https://g:443/h");
  EXPECT_EQ(led(kBase, "HTTPS://g:8443/h?i#j"), "https://g:8443/h?i");
}

TEST(Redirect, G6_80_NeverFromHttpsToHttpNorElsewhere) {
  EXPECT_EQ(led("https://a/b", "http://a/b"), "refused");
  EXPECT_EQ(led("https://a/b", "http://127.0.0.1/b"), "refused");
  EXPECT_EQ(led("http://a/b", "https://a/b"), "https://a:443/b");
  for (const char* location : {"", "#a", "ftp://a/b", "file:///b", "mailto:a", "http:b", "http://",
                               "http://u@a/b", "//u:p@a/b", "data:text/plain,a"}) {
    EXPECT_EQ(led("http://a/b", location), "refused") << location;
  }
  EXPECT_EQ(led("http://a/b", "/" + std::string(kMaxUrlBytes, 'a')), "refused");
}

}  // namespace
}  // namespace b3iq::agent

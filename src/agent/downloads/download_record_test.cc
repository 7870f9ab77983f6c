#include "agent/downloads/download_record.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

DownloadRecord full_record() {
  DownloadRecord record;
  record.url = "https://models.example/a.gguf?x=\"";
  record.validator = "\"v1\"";
  record.sha256 = std::string(64, 'a');
  record.total_bytes = 5'000'000'000;
  record.checkpoint_bytes = 4'000'000'000;
  record.checkpoint_sha256 = std::string(64, 'b');
  record.boot_id = "0b3a";
  return record;
}

TEST(DownloadRecord, ComesBackAsItWas) {
  EXPECT_EQ(read_record(write_record(full_record())), full_record());
  DownloadRecord least;
  least.url = "http://a/b";
  EXPECT_EQ(read_record(write_record(least)), least);
  least.validator = "Sun, 22 Nov 2026 06:30:00 GMT";
  EXPECT_EQ(read_record(write_record(least)), least);
}

TEST(DownloadRecord, WhatIsNotOursIsNoRecord) {
  for (const char* text : {"", "null", "[]", "{}", "{\"format\":1}", "{\"format\":2}"}) {
    EXPECT_FALSE(read_record(text)) << text;
  }
  const std::string whole = write_record(full_record());
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_FALSE(read_record(whole.substr(0, size))) << size;
  }
}

TEST(DownloadRecord, WhatCannotBeIsNoRecord) {
  const auto refused = [](auto change) {
    auto record = full_record();
    change(record);
    return !read_record(write_record(record));
  };
  EXPECT_TRUE(refused([](auto& r) { r.url = "file:///etc/passwd"; }));
  EXPECT_TRUE(refused([](auto& r) { r.validator = "W/\"v1\""; }));
  EXPECT_TRUE(refused([](auto& r) { r.validator = "\"v1\"\r\nX: y"; }));
  EXPECT_TRUE(refused([](auto& r) { r.sha256 = "A"; }));
  EXPECT_TRUE(refused([](auto& r) { r.total_bytes = -1; }));
  EXPECT_TRUE(refused([](auto& r) { r.total_bytes = 1; })) << "the checkpoint lies behind it";
  EXPECT_TRUE(refused([](auto& r) { r.checkpoint_bytes = -1; }));
  EXPECT_TRUE(refused([](auto& r) { r.checkpoint_sha256.clear(); }));
  EXPECT_TRUE(refused([](auto& r) { r.checkpoint_bytes = 0; })) << "a hash of nothing";
  EXPECT_TRUE(refused([](auto& r) { r.boot_id.assign(100, 'x'); }));
}

}  // namespace
}  // namespace b3iq::agent

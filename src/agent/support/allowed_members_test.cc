#include "agent/support/allowed_members.h"

#include <gtest/gtest.h>

#include "agent/support/tar_writer.h"

namespace b3iq::agent {
namespace {

std::string copy(std::string_view text, const AllowedPaths& paths) {
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok());
  return allowed_members(document->root(), paths);
}

TEST(AllowedMembers, CopiesWhatIsNamedAndNothingElse) {
  const std::string text =
      R"({"os":{"name":"d","secret":"s"},"gpus":[{"name":"g","uuid":"u"},{"uuid":"v"}],"list":["a","b"],"n":1,"new":{"name":"x"}})";
  EXPECT_EQ(copy(text, {"os.name", "gpus.name", "list"}),
            R"({"os":{"name":"d"},"gpus":[{"name":"g"},{}],"list":["a","b"]})");
  EXPECT_EQ(copy(text, {}), "{}");
  EXPECT_EQ(copy(R"({"a":")" + std::string(kMaxAllowedText + 1, 'x') + R"("})", {"a"}), "{}");
}

TEST(AllowedMembers, OfALogLineOnlyNumbersAndKnownTexts) {
  EXPECT_EQ(
      allowed_log_line(
          R"({"time":"t","level":"warn","event":"call.failed","request_id":"mine","runtime":"up","detail":"/home/me","ms":1.5,"ok":true,"url":"http://x"})"),
      R"({"time":"t","level":"warn","event":"call.failed","runtime":"up","ms":1.5,"ok":true})");
  EXPECT_EQ(allowed_log_line("rubbish"), "");
}

TEST(TarWriter, PadsToBlocksAndSumsTheHeader) {
  std::string archive;
  append_tar_file(archive, "a/b.txt", "hello", 1'700'000'000);
  end_tar(archive);
  ASSERT_EQ(archive.size(), 512u + 512 + 1024);
  EXPECT_EQ(archive.substr(0, 7), "a/b.txt");
  EXPECT_EQ(archive.substr(257, 5), "ustar");
  EXPECT_EQ(archive.substr(124, 11), "00000000005");
  EXPECT_EQ(archive.substr(512, 5), "hello");
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i)
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(archive[i]);
  EXPECT_EQ(std::stoul(archive.substr(148, 6), nullptr, 8), sum);
}

}  // namespace
}  // namespace b3iq::agent

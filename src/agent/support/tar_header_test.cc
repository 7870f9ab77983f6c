#include <gtest/gtest.h>

#include "agent/support/tar_writer.h"

namespace b3iq::agent {
namespace {

TEST(TarHeader, ASizeBeyondOctalDigitsIsWrittenInBinary) {
  constexpr std::uint64_t kTenGiB = std::uint64_t{10} << 30;
  std::string archive;
  append_tar_header(archive, "state.db", kTenGiB, 1);
  ASSERT_EQ(archive.size(), 512u);
  EXPECT_EQ(archive.substr(124, 12), std::string("\x80\0\0\0\0\0\0\x02\x80\0\0\0", 12));
  archive.clear();
  append_tar_header(archive, "state.db", 8, 1);
  EXPECT_EQ(archive.substr(124, 12), std::string("00000000010\0", 12));
}

TEST(TarHeader, PaddingFillsABlock) {
  EXPECT_EQ(tar_padding(0), 0u);
  EXPECT_EQ(tar_padding(1), 511u);
  EXPECT_EQ(tar_padding(512), 0u);
}

}  // namespace
}  // namespace b3iq::agent

#include "crypto/secret_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace b3iq::crypto {
namespace {

namespace fs = std::filesystem;

class SecretFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "b3iq-secret-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { fs::remove_all(directory_); }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  static mode_t mode_of(const std::string& file) {
    struct stat status{};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  std::string directory_;
};

TEST_F(SecretFile, IsWrittenClosedAndReadBack) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(write_secret_file(path("keys/node.key"), base::as_bytes("secret")).ok());
  ::umask(before);
  EXPECT_EQ(mode_of(path("keys/node.key")), 0600u);
  EXPECT_EQ(mode_of(path("keys")), 0700u);
  auto read = read_secret_file(path("keys/node.key"));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->reveal_text(), "secret");
}

TEST_F(SecretFile, IsReplacedAsAWholeAndLeavesNothingBehind) {
  ASSERT_TRUE(write_secret_file(path("k"), base::as_bytes("a long first secret")).ok());
  ASSERT_TRUE(write_secret_file(path("k"), base::as_bytes("short")).ok());
  EXPECT_EQ(read_secret_file(path("k"))->reveal_text(), "short");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(SecretFile, CanRefuseToReplace) {
  ASSERT_TRUE(write_secret_file(path("k"), base::as_bytes("first"), IfExists::fail).ok());
  const auto again = write_secret_file(path("k"), base::as_bytes("second"), IfExists::fail);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, base::ErrorCode::conflict);
  EXPECT_EQ(read_secret_file(path("k"))->reveal_text(), "first");
  EXPECT_EQ(mode_of(path("k")), 0600u);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 1);
}

TEST_F(SecretFile, IsRefusedWhenOthersCanReadIt) {
  ASSERT_TRUE(write_secret_file(path("k"), base::as_bytes("secret")).ok());
  for (mode_t mode : {0640, 0604, 0620, 0601, 0666}) {
    ASSERT_EQ(::chmod(path("k").c_str(), mode), 0);
    const auto read = read_secret_file(path("k"));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, base::ErrorCode::file_failed);
    EXPECT_NE(read.error().detail.find("chmod 600 " + path("k")), std::string::npos)
        << read.error().detail;
    EXPECT_EQ(read.error().detail.find("secret\n"), std::string::npos);
  }
  ASSERT_EQ(::chmod(path("k").c_str(), 0400), 0);
  EXPECT_TRUE(read_secret_file(path("k")).ok());
}

TEST_F(SecretFile, IsNotWrittenIntoAnOpenDirectory) {
  ASSERT_EQ(::chmod(directory_.c_str(), 0755), 0);
  const auto written = write_secret_file(path("k"), base::as_bytes("secret"));
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.error().detail.find("chmod 700 " + directory_), std::string::npos);
  EXPECT_FALSE(fs::exists(path("k")));
}

TEST_F(SecretFile, SaysWhatIsWrong) {
  EXPECT_EQ(read_secret_file(path("absent")).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(read_secret_file(directory_).error().code, base::ErrorCode::file_failed);
  EXPECT_FALSE(write_secret_file(path("a/b/c"), {}).ok());
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_NE(read_secret_file(path("fifo")).error().detail.find("not a plain file"),
            std::string::npos);
  const base::Bytes large(kMaxSecretFileBytes + 1, 'x');
  ASSERT_TRUE(write_secret_file(path("large"), large).ok());
  EXPECT_NE(read_secret_file(path("large")).error().detail.find("too large"), std::string::npos);
  ASSERT_TRUE(write_secret_file(path("empty"), {}).ok());
  EXPECT_TRUE(read_secret_file(path("empty"))->empty());
}

}  // namespace
}  // namespace b3iq::crypto

#include "config/home_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace b3iq::config {
namespace {

constexpr HomeNames kNames{"B3IQ_TEST_HOME", ".b3iq-test", "this test"};

class HomeFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "b3iq-home-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    ::unsetenv("B3IQ_TEST_HOME");
    std::filesystem::remove_all(folder_);
  }
  std::string folder_;
};

TEST_F(HomeFolderTest, TheFlagThenTheVariableThenTheUsersHome) {
  ::unsetenv("B3IQ_TEST_HOME");
  const auto last = find_home_folder(kNames, "");
  ASSERT_TRUE(last.ok());
  EXPECT_TRUE(last->ends_with("/.b3iq-test")) << *last;
  ::setenv("B3IQ_TEST_HOME", "/srv/named", 1);
  EXPECT_EQ(*find_home_folder(kNames, ""), "/srv/named");
  EXPECT_EQ(*find_home_folder(kNames, "/srv/flag"), "/srv/flag");
}

TEST_F(HomeFolderTest, AFolderIsMadeForItsOwnerAlone) {
  const auto path = folder_ + "/new";
  ASSERT_TRUE(make_private_folder(kNames, path).ok());
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  EXPECT_TRUE(make_private_folder(kNames, path).ok()) << "it is there already";
}

TEST_F(HomeFolderTest, AFolderThatOthersCanEnterIsRefusedWithTheFix) {
  const auto path = folder_ + "/open";
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0750), 0);
  const auto made = make_private_folder(kNames, path);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, base::ErrorCode::file_failed);
  EXPECT_NE(made.error().detail.find("this test's secrets. Run: chmod 700 " + path),
            std::string::npos)
      << made.error().detail;
}

TEST_F(HomeFolderTest, WhatIsNoFolderIsRefused) {
  const auto path = folder_ + "/file";
  std::ofstream(path) << "x";
  EXPECT_FALSE(make_private_folder(kNames, path).ok());
  EXPECT_FALSE(make_private_folder(kNames, folder_ + "/missing/folder").ok());
}

}  // namespace
}  // namespace b3iq::config

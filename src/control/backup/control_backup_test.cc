#include "control/backup/control_backup.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "control/testing/control_fixture.h"

namespace b3iq::control {
namespace {

class BackupTest : public ControlTest {
 protected:
  storage::TemporaryFolder elsewhere_{storage::TemporaryFolder::Where::memory};
};

TEST_P(BackupTest, G10_125_ACopyOfARunningControlPlaneIsOneOnAnotherMachine) {
  auto node = enrolled_node({"lab"});
  const auto copy = elsewhere_.file("copy");
  const auto report = back_up(home(), copy);  // while it is open
  ASSERT_TRUE(report.ok()) << report.error().detail;
  EXPECT_GT(report->database_bytes, 0);
  for (const auto* name : {"control.db", "identity.key", "router-master.key"}) {
    struct stat info{};
    ASSERT_EQ(::stat((copy + "/" + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << name;
  }
  EXPECT_EQ(back_up(home(), copy).error().code, base::ErrorCode::conflict);

  const ControlHome other{elsewhere_.file("home")};
  const auto restored = restore(other, copy);
  ASSERT_TRUE(restored.ok()) << restored.error().detail;
  auto opened = ControlApp::open(other, settings(), ControlUse::offline, {clock_});
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  EXPECT_EQ((*opened)->facts().control_plane_id, audience().text());
  EXPECT_EQ(send_to(**opened, heartbeat_request(node)).status, 200);
  // Not over one that is there.
  EXPECT_EQ(restore(other, copy).error().code, base::ErrorCode::conflict);
}

TEST_P(BackupTest, ACopyThatIsNotWholeIsRefusedAndNothingIsMade) {
  const auto copy = elsewhere_.file("copy");
  ASSERT_TRUE(back_up(home(), copy).ok());
  std::filesystem::resize_file(copy + "/control.db",
                               std::filesystem::file_size(copy + "/control.db") / 2);
  const ControlHome other{elsewhere_.file("home")};
  EXPECT_FALSE(restore(other, copy).ok());
  EXPECT_FALSE(std::filesystem::exists(other.database()));
  std::filesystem::remove(copy + "/identity.key");
  EXPECT_FALSE(restore(other, copy).ok());
}

TEST_P(BackupTest, AFileLeftFromBeforeTheServerIsNoBackup) {
  std::ofstream(home().config()) << R"({"database":"postgresql://somewhere/b3iq"})";
  std::filesystem::permissions(home().config(), std::filesystem::perms::owner_read);
  const auto report = back_up(home(), elsewhere_.file("copy"));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, base::ErrorCode::unimplemented);
  EXPECT_FALSE(std::filesystem::exists(elsewhere_.file("copy")));
}

INSTANTIATE_TEST_SUITE_P(Db, BackupTest, ::testing::Values(TestDatabase::sqlite), name_of_database);

}  // namespace
}  // namespace b3iq::control

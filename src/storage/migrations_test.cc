#include "storage/migrations.h"

#include <gtest/gtest.h>

namespace b3iq::storage {
namespace {

const Migration kKnown[] = {{1, "one", "CREATE TABLE a (x)"}, {2, "two", "CREATE TABLE b (x)"}};

AppliedMigration applied(const Migration& m) {
  return {m.number, std::string(m.name), migration_checksum(m.sql)};
}

TEST(Migrations, TheChecksumIsFnv1a64) {
  EXPECT_EQ(migration_checksum(""), "cbf29ce484222325");
  EXPECT_EQ(migration_checksum("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(migration_checksum("foobar"), "85944171f73967e8");
}

TEST(Migrations, CountsWhatIsApplied) {
  const std::vector<AppliedMigration> none, one{applied(kKnown[0])},
      both{applied(kKnown[0]), applied(kKnown[1])};
  EXPECT_EQ(*count_applied(kKnown, none), 0u);
  EXPECT_EQ(*count_applied(kKnown, one), 1u);
  EXPECT_EQ(*count_applied(kKnown, both), 2u);
}

TEST(Migrations, RefusesANewerDatabaseAnEditedMigrationAndAnotherHistory) {
  const std::vector<AppliedMigration> newer{
      applied(kKnown[0]), applied(kKnown[1]), {3, "three", "x"}};
  EXPECT_EQ(count_applied(kKnown, newer).error().code, base::ErrorCode::conflict);
  const std::vector<AppliedMigration> edited{{1, "one", "0000"}};
  EXPECT_EQ(count_applied(kKnown, edited).error().code, base::ErrorCode::conflict);
  const std::vector<AppliedMigration> gap{applied(kKnown[1])};
  EXPECT_EQ(count_applied(kKnown, gap).error().code, base::ErrorCode::conflict);
}

TEST(Migrations, RefusesAListWithGaps) {
  const Migration gap[] = {{1, "one", "x"}, {3, "three", "x"}};
  EXPECT_EQ(count_applied(gap, {}).error().code, base::ErrorCode::internal);
}

}  // namespace
}  // namespace b3iq::storage

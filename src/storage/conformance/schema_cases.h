// Migrations, backups and the text of the schema, alike on every driver.
#pragma once

#include <atomic>
#include <thread>

#include "storage/conformance/database_conformance.h"

namespace b3iq::storage::conformance {

TYPED_TEST_P(DatabaseConformance, MigrationsRunOnce) {
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
  EXPECT_TRUE(this->db_->migrate(this->migrations()).ok());
  this->reopen();
  EXPECT_TRUE(this->db_->migrate(this->migrations()).ok());
  EXPECT_EQ(totals(*this->db_).count, 1);
}

TYPED_TEST_P(DatabaseConformance, G10_126_UpgradeKeepsDataAndDowngradeIsRefusedUntouched) {
  ASSERT_TRUE(this->db_->write_blocking(insert_body(1)).ok());
  auto newer = this->list_;
  newer.push_back(
      {3, "color", "ALTER TABLE items ADD COLUMN color TEXT; UPDATE items SET color = 'red'"});
  ASSERT_TRUE(this->db_->migrate(newer).ok());
  this->reopen();
  const auto status = this->db_->migrate(this->migrations());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::conflict);
  EXPECT_NE(status.error().detail.find("newer version (schema 3; this program knows up to 2)"),
            std::string::npos)
      << status.error().detail;
  EXPECT_TRUE(this->db_->migrate(newer).ok());
  EXPECT_EQ(totals(*this->db_).count, 1);
}

TYPED_TEST_P(DatabaseConformance, G10_126_AFailingMigrationIsUndoneAndLaterOnesWait) {
  auto bad = this->list_;
  bad.push_back({3, "good", "CREATE TABLE three (id BIGINT PRIMARY KEY)"});
  bad.push_back(
      {4, "bad", "CREATE TABLE four (id BIGINT PRIMARY KEY); INSERT INTO nowhere VALUES (1)"});
  const auto status = this->db_->migrate(bad);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().detail.find("Migration 4 'bad'"), std::string::npos)
      << status.error().detail;
  bad[3].sql = "CREATE TABLE four (id BIGINT PRIMARY KEY)";
  EXPECT_TRUE(this->db_->migrate(bad).ok());
}

TYPED_TEST_P(DatabaseConformance, G10_126_AnEditedMigrationIsRefused) {
  auto edited = this->list_;
  edited[0].sql = "CREATE TABLE items (id BIGINT PRIMARY KEY)";
  EXPECT_EQ(this->db_->migrate(edited).error().code, ErrorCode::conflict);
}

TYPED_TEST_P(DatabaseConformance, G10_125_ABackupUnderLoadIsOfOnePoint) {
  const std::string path = this->driver_.backup_path();
  if (path.empty()) GTEST_SKIP() << "the driver makes no backups";
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> acknowledged = 0;
  std::jthread load([&] {
    for (std::int64_t id = 0; !stop; id += 2) {
      Body body = [id](Transaction& t) { return insert_pair(t, id, Fate::keep); };
      EXPECT_TRUE(this->db_->write_blocking(std::move(body)).ok());
      ++acknowledged;
      acknowledged.notify_all();
    }
  });
  for (std::int64_t now = acknowledged; now < 50; now = acknowledged) acknowledged.wait(now);
  const std::int64_t before = acknowledged;
  const auto status = this->db_->backup_to(path);
  ASSERT_TRUE(status.ok()) << status.error().detail;
  stop = true;
  load.join();
  EXPECT_EQ(this->db_->backup_to(path).error().code, ErrorCode::conflict);
  auto copy = this->driver_.open_copy(path);
  ASSERT_TRUE(copy.ok()) << copy.error().detail;
  const Totals got = totals(**copy);
  EXPECT_GE(got.count, 2 * before);
  EXPECT_LE(got.count, 2 * acknowledged);
  EXPECT_EQ(got.count % 2, 0);
  EXPECT_TRUE((*copy)->migrate(this->migrations()).ok());
  EXPECT_TRUE((*copy)->write_blocking(insert_body(-5)).ok());
}

TYPED_TEST_P(DatabaseConformance, TwoProgramsMayMigrateAtOnce) {
  // Only a server's database can be open twice.
  auto other = this->driver_.open_again();
  if (other == nullptr) GTEST_SKIP() << "the driver opens a database once";
  auto list = this->list_;
  for (int number = 3; number < 9; ++number) {
    list.push_back({number, "more", this->more_[static_cast<std::size_t>(number) - 3]});
  }
  Status first, second;
  {
    const std::jthread a([&] { first = this->db_->migrate(list); });
    const std::jthread b([&] { second = other->migrate(list); });
  }
  EXPECT_TRUE(first.ok()) << first.error().detail;
  EXPECT_TRUE(second.ok()) << second.error().detail;
  EXPECT_TRUE(this->db_->migrate(list).ok());
}

TYPED_TEST_P(DatabaseConformance, TheSchemaReadsTheSameOnEveryDriver) {
  auto list = this->list_;
  list.push_back(
      {3, "more",
       "CREATE TABLE owners (realm TEXT NOT NULL, name TEXT NOT NULL, color TEXT NOT NULL"
       " DEFAULT 'red', age BIGINT NOT NULL DEFAULT 0, code TEXT UNIQUE,"
       " PRIMARY KEY (realm, name));"
       "CREATE TABLE things (id BYTEA PRIMARY KEY, realm TEXT, owner TEXT, weight DOUBLE"
       " PRECISION, FOREIGN KEY (realm, owner) REFERENCES owners (realm, name));"
       "CREATE INDEX things_by_owner ON things (realm, owner);"
       "CREATE UNIQUE INDEX owners_by_color ON owners (color, age)"});
  ASSERT_TRUE(this->db_->migrate(list).ok());
  const auto text = TypeParam::schema(*this->db_);
  ASSERT_TRUE(text.ok()) << text.error().detail;
  EXPECT_EQ(*text,
            "table items\n  id BIGINT not null\n  name TEXT not null\n  amount BIGINT not null\n"
            "  primary key (id)\n"
            "table kinds\n  id BIGINT not null\n  t TEXT\n  r DOUBLE PRECISION\n  b BYTEA\n"
            "  primary key (id)\n"
            "table owners\n  realm TEXT not null\n  name TEXT not null\n"
            "  color TEXT not null default 'red'\n  age BIGINT not null default 0\n  code TEXT\n"
            "  primary key (realm, name)\n  unique (code)\n"
            "table parts\n  id BIGINT not null\n  item BIGINT not null\n  primary key (id)\n"
            "  foreign key (item) references items (id)\n"
            "table things\n  id BYTEA not null\n  realm TEXT\n  owner TEXT\n"
            "  weight DOUBLE PRECISION\n  primary key (id)\n"
            "  foreign key (realm, owner) references owners (realm, name)\n"
            "unique index owners_by_color on owners (color, age)\n"
            "index things_by_owner on things (realm, owner)\n");
}

}  // namespace b3iq::storage::conformance

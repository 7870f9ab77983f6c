// The disk's side of a download: checkpoints, what is trusted of them, copies.
#include "agent/downloads/part_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/downloads/download_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;

constexpr std::size_t kSize = 1'000'000;

class PartStoreTest : public DownloadTest {
 protected:
  PartStore open() const {
    auto store = PartStore::open(part(), {.reserve_bytes = 0, .checkpoint_bytes = 300'000});
    EXPECT_TRUE(store.ok());
    return std::move(*store);
  }
  static DownloadRecord record() {
    DownloadRecord record;
    record.url = "https://models.example/a";
    record.validator = "\"v1\"";
    record.total_bytes = kSize;
    return record;
  }
  std::optional<DownloadRecord> on_disk() const { return read_record(content(part() + ".json")); }
  void write(PartStore& store, std::size_t from, std::size_t until) const {
    for (std::size_t at = from; at < until; at += 50'000) {
      ASSERT_TRUE(store.write(std::string_view(file).substr(at, 50'000)).ok());
    }
  }
  const std::string file = file_of(kSize);
};

TEST_F(PartStoreTest, G6_80_CheckpointsAreSyncedAndRemembered) {
  {
    auto store = open();
    ASSERT_TRUE(store.restart(record()).ok());
    ASSERT_TRUE(on_disk());
    EXPECT_EQ(on_disk()->checkpoint_bytes, 0);
    write(store, 0, 700'000);
    ASSERT_TRUE(on_disk());
    EXPECT_EQ(on_disk()->checkpoint_bytes, 600'000);
    EXPECT_EQ(on_disk()->checkpoint_sha256, hash_of(std::string_view(file).substr(0, 600'000)));
    EXPECT_EQ(on_disk()->boot_id, current_boot_id());
  }
  auto store = open();
  std::int64_t told_last = -1;
  const auto told = [&](std::int64_t done) {
    EXPECT_GE(done, told_last);
    told_last = done;
    return true;
  };
  ASSERT_TRUE(store.recover(told).ok());
  EXPECT_EQ(store.bytes(), 700'000) << "the kernel is the same: all of it is there";
  EXPECT_GE(told_last, 0);
  write(store, 700'000, kSize);
  const auto sealed = store.seal();
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(sealed->sha256, hash_of(file));
  EXPECT_EQ(on_disk()->checkpoint_bytes, static_cast<std::int64_t>(kSize));
}

TEST_F(PartStoreTest, RecoveringCanBeCancelledAndLosesNothing) {
  {
    auto store = open();
    ASSERT_TRUE(store.restart(record()).ok());
    write(store, 0, 700'000);
  }
  {
    auto store = open();
    const auto stopped = store.recover([](std::int64_t) { return false; });
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  }
  auto store = open();
  ASSERT_TRUE(store.recover({}).ok());
  EXPECT_EQ(store.bytes(), 700'000);
}

TEST_F(PartStoreTest, APartLongerThanTheFileOrShorterThanItsCheckpointIsNothing) {
  for (const std::size_t size : {kSize + 1, std::size_t{500'000}}) {
    {
      auto store = open();
      ASSERT_TRUE(store.restart(record()).ok());
      write(store, 0, 700'000);
    }
    std::filesystem::resize_file(part(), size);
    auto store = open();
    ASSERT_TRUE(store.recover({}).ok());
    EXPECT_EQ(store.bytes(), 0);
    EXPECT_EQ(std::filesystem::file_size(part()), 0u);
  }
}

TEST_F(PartStoreTest, RemovingLeavesNothing) {
  auto store = open();
  ASSERT_TRUE(store.restart(record()).ok());
  store.remove();
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(PartStoreTest, ACopyOfAFileThatChangesIsRefused) {
  const std::string from = folder + "/from";
  put(from, file);
  auto store = open();
  bool grown = false;
  const auto grow = [&](std::int64_t) {
    if (!std::exchange(grown, true)) put(from, file + "more");
    return true;
  };
  const auto copied = store.copy_from(from, kMaxModelFileBytes, grow);
  ASSERT_FALSE(copied.ok());
  EXPECT_EQ(copied.error().code, ErrorCode::conflict) << copied.error().detail;
}

}  // namespace
}  // namespace b3iq::agent

// The power is cut after every sync, around it, and at many moments between: whatever was
// acknowledged is there, whole.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "base/log.h"
#include "storage/database.h"
#include "storage/sqlite/fault_vfs.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::storage {
namespace {

using base::Status;
using base::Task;

constexpr int kThreads = 3;
constexpr int kWritesEach = 25;
constexpr int kRandomCuts = 120;

const Migration kSchema[] = {
    {1, "pairs",
     "CREATE TABLE pairs (id INTEGER PRIMARY KEY, half TEXT NOT NULL, filler TEXT NOT NULL);"
     "CREATE INDEX pairs_half ON pairs (half, id)"}};
const Statement kInsert{"INSERT INTO pairs (id, half, filler) VALUES ($1, $2, $3)"};
const Statement kSelect{"SELECT id, filler FROM pairs ORDER BY id"};
const Statement kIntegrity{"PRAGMA integrity_check"};

std::string filler(std::int64_t id) {
  return std::string(static_cast<std::size_t>(200 + (id * 7919) % 2500),
                     static_cast<char>('a' + id % 26));
}

Task<Status> insert_both(Transaction& t, std::int64_t number) {
  for (std::int64_t half = 0; half < 2; ++half) {
    const std::int64_t id = number * 2 + half;
    const std::string text = filler(id);
    const Value row[] = {id, std::string_view(half == 0 ? "first" : "second"),
                         std::string_view(text)};
    CO_TRY_OK(co_await t.exec(kInsert, row));
  }
  co_return Status();
}

struct Recording {
  Disk start;
  std::vector<DiskEvent> events;
};

Disk read_disk(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {{path, base::Bytes(std::istreambuf_iterator<char>(in), {})}};
}

Recording record(const std::string& path, CheckpointPolicy policy) {
  {
    auto db = open_sqlite(path);
    EXPECT_TRUE(db.ok() && (*db)->migrate(kSchema).ok());
  }
  Recording recording{read_disk(path), {}};
  FaultVfs vfs;
  vfs.start_recording();
  SqliteOptions options;
  options.vfs = vfs.name();
  options.checkpoint = policy;
  {
    const auto db = std::move(open_sqlite(path, options)).value();
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kWritesEach; ++i) {
          const std::int64_t number = thread * kWritesEach + i;
          const auto status =
              db->write_blocking([number](Transaction& t) { return insert_both(t, number); });
          EXPECT_TRUE(status.ok());
          vfs.mark(number);
        }
      });
    }
  }
  recording.events = vfs.recorded();
  return recording;
}

void lay_out(const Disk& disk, const std::string& from, const std::string& to) {
  for (const auto& [path, content] : disk) {
    std::ofstream out(to + path.substr(from.size()), std::ios::binary);
    out.write(reinterpret_cast<const char*>(content.data()),
              static_cast<std::streamsize>(content.size()));
  }
}

Task<Status> look(Transaction& t, std::set<std::int64_t>& ids, std::string& integrity) {
  auto keep = [&](const Row& row) {
    EXPECT_EQ(row.text(1), filler(row.integer(0)));
    ids.insert(row.integer(0));
    return true;
  };
  CO_TRY_OK(co_await t.query(kSelect, {}, keep));
  auto verdict = [&](const Row& row) {
    integrity += row.text(0);
    return true;
  };
  co_return co_await t.query(kIntegrity, {}, verdict);
}

void check_cut(const Recording& recording, const std::string& from, std::size_t count,
               Unsynced unsynced, std::mt19937_64& random) {
  SCOPED_TRACE("power cut after event " + std::to_string(count) + " of " +
               std::to_string(recording.events.size()));
  const TemporaryFolder folder(TemporaryFolder::Where::memory);
  const std::string path = folder.file("state.db");
  lay_out(after_power_cut(recording.start, recording.events, count, unsynced, random), from, path);
  auto db = open_sqlite(path);
  ASSERT_TRUE(db.ok()) << db.error().detail;
  std::set<std::int64_t> ids;
  std::string integrity;
  ASSERT_TRUE((*db)->read_blocking([&](Transaction& t) { return look(t, ids, integrity); }).ok());
  EXPECT_EQ(integrity, "ok");
  for (const std::int64_t id : ids) EXPECT_TRUE(ids.contains(id ^ 1)) << "half of pair " << id / 2;
  for (std::size_t i = 0; i < count; ++i) {
    const DiskEvent& event = recording.events[i];
    if (event.kind != DiskEvent::Kind::mark) continue;
    EXPECT_TRUE(ids.contains(event.offset * 2))
        << "acknowledged pair " << event.offset << " is lost";
  }
  EXPECT_TRUE((*db)->write_blocking([](Transaction& t) { return insert_both(t, 1'000'000); }).ok());
}

void check_all_cuts(CheckpointPolicy policy, std::uint64_t seed) {
  base::configure_log(base::LogLevel::error,
                      base::LogFormat::text);  // every start is an unclean one
  const TemporaryFolder folder(TemporaryFolder::Where::memory);
  const std::string path = folder.file("state.db");
  const Recording recording = record(path, policy);
  std::mt19937_64 random(seed);
  std::size_t syncs = 0;
  for (std::size_t i = 0; i < recording.events.size(); ++i) {
    if (recording.events[i].kind != DiskEvent::Kind::sync) continue;
    ++syncs;
    for (const auto unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::torn}) {
      check_cut(recording, path, i, unsynced, random);
    }
    check_cut(recording, path, i + 1, Unsynced::torn, random);
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(syncs, 20u);
  for (int i = 0; i < kRandomCuts; ++i) {
    check_cut(recording, path, random() % (recording.events.size() + 1), Unsynced::torn, random);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(PowerCut, G10_119_NothingAcknowledgedIsLostWithAReservedLog) {
  check_all_cuts(
      {.idle_pages = 15, .idle_ms = 1, .busy_pages = 40, .shrink_pages = 1000, .reserve_pages = 60},
      1);
}

TEST(PowerCut, G10_119_NothingAcknowledgedIsLostWithAGrowingLog) {
  check_all_cuts(
      {.idle_pages = 15, .idle_ms = 1, .busy_pages = 40, .shrink_pages = 1000, .reserve_pages = 0},
      2);
}

TEST(PowerCut, G10_119_NothingAcknowledgedIsLostWhileTheLogIsCutShort) {
  check_all_cuts(
      {.idle_pages = 15, .idle_ms = 1, .busy_pages = 20, .shrink_pages = 20, .reserve_pages = 30},
      3);
}

// The model itself must be able to fail: without syncs, a cut loses acknowledged writes.
TEST(PowerCut, TheModelFindsMissingSyncs) {
  const TemporaryFolder folder(TemporaryFolder::Where::memory);
  const std::string path = folder.file("state.db");
  Recording recording = record(path, {});
  std::erase_if(recording.events,
                [](const DiskEvent& e) { return e.kind == DiskEvent::Kind::sync; });
  std::mt19937_64 random(4);
  const Disk disk = after_power_cut(recording.start, recording.events, recording.events.size(),
                                    Unsynced::lost, random);
  EXPECT_EQ(disk, recording.start);
}

}  // namespace
}  // namespace b3iq::storage

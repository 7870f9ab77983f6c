// What a reader is told, by what it has seen.
#include "agent/events/event_board.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

std::string since(const EventBoard& board, std::uint64_t seen) {
  std::string out;
  EXPECT_TRUE(board.append_since(seen, Reader::owner, out));
  return out;
}

TEST(EventBoard, ANewReaderGetsOpenJobsTheCallsAndTheStatus) {
  EventBoard board;
  board.put_work(WorkKind::model_job, "a", false, R"({"id":"a"})");
  board.put_work(WorkKind::model_job, "b", true, R"({"id":"b"})");
  board.put_live(R"({"data":[]})");
  board.put_status("[]", true);
  board.remove_work(WorkKind::model_job, "c");
  EXPECT_EQ(since(board, 0),
            "event: job\ndata: {\"id\":\"a\"}\n\n"
            "event: live\ndata: {\"data\":[]}\n\n"
            "event: status\ndata: {\"runtimes\":[],\"models_changed\":false}\n\n");
}

TEST(EventBoard, AReaderGetsTheLatestOfWhatChangedAndNothingElse) {
  EventBoard board;
  board.put_work(WorkKind::model_job, "a", false, "1");
  board.put_live("[]");
  board.put_status("[]", false);
  auto seen = board.version();
  board.put_live("[]");
  board.put_status("[]", false);
  EXPECT_EQ(board.version(), seen);
  EXPECT_EQ(since(board, seen), "");
  for (const auto* progress : {"2", "3", "4"})
    board.put_work(WorkKind::model_job, "a", false, progress);
  EXPECT_EQ(since(board, seen), "event: job\ndata: 4\n\n");
  seen = board.version();
  board.put_work(WorkKind::model_job, "a", true, "5");
  board.put_status("[]", true);
  EXPECT_EQ(since(board, seen),
            "event: job\ndata: 5\n\n"
            "event: status\ndata: {\"runtimes\":[],\"models_changed\":true}\n\n");
}

TEST(EventBoard, RemovalsAreBoundedAndAReaderThatMissedSomeIsToldSo) {
  EventBoard board;
  board.put_live("[]");
  const auto seen = board.version();
  board.put_work(WorkKind::model_job, "job", false, "1");
  board.remove_work(WorkKind::model_job, "job");
  EXPECT_EQ(since(board, seen), "event: job_removed\ndata: {\"id\":\"job\"}\n\n");
  for (std::size_t i = 0; i < kMaxRemovals; ++i)
    board.remove_work(WorkKind::model_job, std::to_string(i));
  std::string out;
  EXPECT_FALSE(board.append_since(seen, Reader::owner, out));
  EXPECT_TRUE(board.append_since(0, Reader::owner, out));
}

TEST(EventBoard, BackupsAreToldToOwnersOnly) {
  EventBoard board;
  board.put_live("[]");
  const auto seen = board.version();
  board.put_work(WorkKind::backup, "bak_1", false, R"({"id":"bak_1"})");
  board.remove_work(WorkKind::backup, "bak_0");
  EXPECT_EQ(since(board, seen),
            "event: backup\ndata: {\"id\":\"bak_1\"}\n\n"
            "event: backup_removed\ndata: {\"id\":\"bak_0\"}\n\n");
  std::string told;
  EXPECT_TRUE(board.append_since(seen, Reader::user, told));
  EXPECT_EQ(told, "");
}

}  // namespace
}  // namespace b3iq::agent

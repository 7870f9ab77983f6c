// kill -9 in a loop: a child process writes under concurrency and tells each acknowledged number
// through a pipe.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>

#include "base/log.h"
#include "storage/sqlite/sqlite_database.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::storage {
namespace {

using base::Status;
using base::Task;

constexpr int kRounds = 12;
constexpr int kThreads = 4;
constexpr const char* kPathVariable = "B3IQ_KILL_TEST_PATH";
constexpr const char* kPipeVariable = "B3IQ_KILL_TEST_PIPE";

const Migration kSchema[] = {
    {1, "numbers",
     "CREATE TABLE numbers (number BIGINT PRIMARY KEY, body TEXT NOT NULL);"
     "CREATE TABLE twins (number BIGINT PRIMARY KEY REFERENCES numbers (number))"}};
const Statement kInsert{"INSERT INTO numbers (number, body) VALUES ($1, $2)"};
const Statement kTwin{"INSERT INTO twins (number) VALUES ($1)"};
const Statement kSelect{
    "SELECT n.number, t.number FROM numbers n LEFT JOIN twins t ON t.number = n.number"};

Task<Status> insert(Transaction& t, std::int64_t number) {
  const std::string body(700, 'x');
  const Value row[] = {number, std::string_view(body)};
  CO_TRY_OK(co_await t.exec(kInsert, row));
  const Value twin[] = {number};
  CO_TRY_OK(co_await t.exec(kTwin, twin));
  co_return Status();
}

// The child. Runs until it is killed.
void write_until_killed(const std::string& path, int pipe) {
  SqliteOptions options;
  options.checkpoint = {
      .idle_pages = 20, .idle_ms = 1, .busy_pages = 60, .shrink_pages = 200, .reserve_pages = 80};
  auto db = open_sqlite(path, options);
  if (!db.ok() || !(*db)->migrate(kSchema).ok()) ::_exit(1);
  const auto start = static_cast<std::int64_t>(::getpid()) * 1'000'000'000;
  std::vector<std::jthread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t number = start + thread;; number += kThreads) {
        if (!(*db)->write_blocking([number](Transaction& t) { return insert(t, number); }).ok())
          ::_exit(2);
        if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(3);
      }
    });
  }
}

TEST(KillTest, DISABLED_Child) {
  const char* const path = ::getenv(kPathVariable);
  const char* const pipe = ::getenv(kPipeVariable);
  ASSERT_TRUE(path != nullptr && pipe != nullptr);
  write_until_killed(path, ::atoi(pipe));
}

pid_t start_child(const std::string& path, int pipe) {
  const std::string path_variable = std::string(kPathVariable) + "=" + path;
  const std::string pipe_variable = std::string(kPipeVariable) + "=" + std::to_string(pipe);
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(const_cast<char*>(path_variable.c_str()));
  environment.push_back(const_cast<char*>(pipe_variable.c_str()));
  environment.push_back(nullptr);
  const char* const arguments[] = {"storage_test", "--gtest_also_run_disabled_tests",
                                   "--gtest_filter=KillTest.DISABLED_Child", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int rc = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr,
                               const_cast<char* const*>(arguments), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  return rc == 0 ? child : -1;
}

// Reads acknowledged numbers until `count` came, kills, and reads what was still told.
std::set<std::int64_t> run_and_kill(const std::string& path, int count) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, 0), 0);
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  const pid_t child = start_child(path, ends[1]);
  EXPECT_GT(child, 0);
  ::close(ends[1]);
  std::set<std::int64_t> acknowledged;
  std::int64_t number;
  while (::read(ends[0], &number, sizeof number) == sizeof number) {
    acknowledged.insert(number);
    if (static_cast<int>(acknowledged.size()) == count) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return acknowledged;
}

Task<Status> look(Transaction& t, std::set<std::int64_t>& found, int& halves) {
  auto keep = [&](const Row& row) {
    found.insert(row.integer(0));
    halves += row.is_null(1) ? 1 : 0;
    return true;
  };
  co_return co_await t.query(kSelect, {}, keep);
}

TEST(KillTest, G10_119_KillNineInALoopLosesNothingAcknowledged) {
  base::configure_log(base::LogLevel::error, base::LogFormat::text);
  const TemporaryFolder folder(TemporaryFolder::Where::memory);
  const std::string path = folder.file("state.db");
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < kRounds; ++round) {
    acknowledged.merge(run_and_kill(path, 1 + round * round * 7));
    SqliteOptions options;
    options.check = SqliteOptions::Check::always;
    auto db = open_sqlite(path, options);  // the dead process holds no lock
    ASSERT_TRUE(db.ok()) << db.error().detail;
    std::set<std::int64_t> found;
    int halves = 0;
    ASSERT_TRUE((*db)->read_blocking([&](Transaction& t) { return look(t, found, halves); }).ok());
    EXPECT_EQ(halves, 0);
    EXPECT_TRUE(std::includes(found.begin(), found.end(), acknowledged.begin(), acknowledged.end()))
        << "an acknowledged write is lost in round " << round;
  }
  EXPECT_GT(acknowledged.size(), 1000u);
}

TEST(KillTest, ASecondProcessIsRefusedByName) {
  base::configure_log(base::LogLevel::error, base::LogFormat::text);
  const TemporaryFolder folder(TemporaryFolder::Where::memory);
  const std::string path = folder.file("state.db");
  int ends[2];
  ASSERT_EQ(::pipe2(ends, 0), 0);
  const pid_t child = start_child(path, ends[1]);
  std::int64_t number;
  ASSERT_EQ(::read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
  const auto refused = open_sqlite(path);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::conflict);
  EXPECT_NE(refused.error().detail.find("process " + std::to_string(child) + " (storage_test)"),
            std::string::npos)
      << refused.error().detail;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_TRUE(open_sqlite(path).ok());
}

}  // namespace
}  // namespace b3iq::storage

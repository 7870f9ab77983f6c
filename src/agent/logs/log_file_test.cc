// The kept log: written by LogFile, read by LogReader, across its files.
#include "agent/logs/log_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <vector>

#include "agent/logs/log_reader.h"
#include "base/clock.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kTotal = 32 * 1024;

std::string line_of(int number, std::string_view level = "info", std::string_view request = "r") {
  return fmt::format(
      R"({{"time":"2026-11-22T06:00:{:02}.000Z","level":"{}","event":"a.b","request_id":"{}","n":{}}})"
      "\n",
      number % 60, level, request, number);
}

class LogFileTest : public ::testing::Test {
 protected:
  LogFileTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-logs-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    folder_ = root_ + "/logs";
  }
  ~LogFileTest() override { std::filesystem::remove_all(root_); }

  std::unique_ptr<LogFile> open() {
    auto made = LogFile::open(folder_, kTotal);
    EXPECT_TRUE(made.ok());
    return std::move(made).value();
  }
  std::vector<std::string> lines(const LogFilter& filter = {}) {
    std::vector<std::string> all;
    LogReader(folder_, filter).read_all([&all](const LogLine& line) {
      all.push_back(std::string(line.text) + "\n");
    });
    return all;
  }
  std::string root_, folder_;
};

TEST_F(LogFileTest, IsPrivateAndBoundedAndKeepsTheNewestInOrder) {
  const auto log = open();
  constexpr int kLines = 2'000;
  for (int i = 0; i < kLines; ++i) log->write(line_of(i));
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    struct stat info{};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << entry.path();
    bytes += entry.file_size();
  }
  EXPECT_LE(bytes, static_cast<std::uintmax_t>(kTotal));
  const auto kept = lines();
  ASSERT_GT(kept.size(), 100u);
  for (std::size_t i = 0; i < kept.size(); ++i)
    EXPECT_EQ(kept[i], line_of(kLines - static_cast<int>(kept.size() - i)));
  EXPECT_EQ(log->lost(), 0u);
}

TEST_F(LogFileTest, GoesOnWhereItWas) {
  open()->write(line_of(1));
  open()->write(line_of(2));
  EXPECT_EQ(lines(), (std::vector<std::string>{line_of(1), line_of(2)}));
}

TEST_F(LogFileTest, FiltersByTimeLevelAndRequest) {
  const auto log = open();
  log->write(line_of(1));
  log->write(line_of(2, "warn", "one"));
  log->write("no line of ours\n");
  log->write(line_of(3, "debug", "one"));
  EXPECT_EQ(lines().size(), 3u);
  EXPECT_EQ(lines({.least = base::LogLevel::warn}), std::vector{line_of(2, "warn", "one")});
  EXPECT_EQ(lines({.request_id = "one"}).size(), 2u);
  std::int64_t since = 0;
  ASSERT_TRUE(base::parse_rfc3339("2026-11-22T06:00:02.500Z", since));
  EXPECT_EQ(lines({.since_ms = since}), std::vector{line_of(3, "debug", "one")});
}

TEST_F(LogFileTest, AReaderFollowsAcrossRotations) {
  const auto log = open();
  log->write(line_of(0));
  LogReader reader(folder_, {});
  std::vector<std::string> seen;
  const auto note = [&seen](const LogLine& line) { seen.emplace_back(line.text); };
  reader.read_all(note);
  int written = 1;
  // Less than a file between two looks: what a reader that keeps up meets.
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 20; ++i) log->write(line_of(written++));
    reader.read_more(note);
  }
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(written));
  for (int i = 0; i < written; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)] + "\n", line_of(i));
}

TEST_F(LogFileTest, ALineThatComesInTwoPiecesIsOne) {
  const auto log = open();
  LogReader reader(folder_, {});
  int seen = 0;
  const auto note = [&seen](const LogLine&) { ++seen; };
  const auto line = line_of(1);
  log->write(line.substr(0, 20));
  reader.read_all(note);
  EXPECT_EQ(seen, 0);
  log->write(line.substr(20));
  reader.read_more(note);
  EXPECT_EQ(seen, 1);
}

TEST_F(LogFileTest, CountsWhatTheDiskDoesNotTakeAndSaysSo) {
  const auto log = open();
  log->write(line_of(1));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto on_signal = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{150, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
  log->write(line_of(2));
  log->write(line_of(3));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, on_signal);
  EXPECT_EQ(log->lost(), 2u);
  log->write(line_of(4));
  const auto kept = lines();
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0], line_of(1));
  EXPECT_EQ(kept[1], line_of(4));
  EXPECT_NE(kept[2].find(R"("event":"log.lines_lost","lines":2)"), std::string::npos);
}

TEST_F(LogFileTest, ALinkIsNotFollowed) {
  ASSERT_EQ(::mkdir(folder_.c_str(), 0700), 0);
  const auto target = root_ + "/other";
  std::ofstream(target) << "mine";
  ASSERT_EQ(::symlink(target.c_str(), log_file_path(folder_, 0).c_str()), 0);
  EXPECT_FALSE(LogFile::open(folder_, kTotal).ok());
}

}  // namespace
}  // namespace b3iq::agent

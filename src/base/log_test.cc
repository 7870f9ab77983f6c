#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <string>

namespace b3iq::base {
namespace {

using ::testing::HasSubstr;

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(pipe_, O_NONBLOCK), 0); }
  void TearDown() override {
    configure_log(LogLevel::info, LogFormat::text);
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  std::string written() {
    char buffer[4096];
    const auto n = ::read(pipe_[0], buffer, sizeof buffer);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }
  int pipe_[2] = {-1, -1};
};

TEST_F(LogTest, JsonIsOneEscapedLine) {
  configure_log(LogLevel::debug, LogFormat::json, pipe_[1]);
  log(LogLevel::warn, "a.b",
      {{"text", "say \"hi\"\n\x01"}, {"n", std::int64_t{-3}}, {"r", 1.5}, {"ok", true}});
  const std::string line = written();
  EXPECT_THAT(
      line,
      HasSubstr(
          R"("level":"warn","event":"a.b","text":"say \"hi\"\u000a\u0001","n":-3,"r":1.500,"ok":true})"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_TRUE(line.starts_with("{\"time\":\"2"));
}

TEST_F(LogTest, JsonStaysValidForNanAndBrokenUtf8) {
  configure_log(LogLevel::debug, LogFormat::json, pipe_[1]);
  log(LogLevel::info, "x", {{"r", std::nan("")}, {"t", "a\xff\xc3"}, {"u", "caf\xc3\xa9"}});
  EXPECT_THAT(written(), HasSubstr("\"r\":null,\"t\":\"a\\ufffd\\ufffd\",\"u\":\"caf\xc3\xa9\"}"));
}

TEST_F(LogTest, TextCannotBeForgedByAValue) {
  configure_log(LogLevel::info, LogFormat::text, pipe_[1]);
  log(LogLevel::info, "login", {{"name", "x\n2026-01-01 error fake"}});
  const std::string line = written();
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, HasSubstr(" info  login name=\"x\\u000a2026-01-01 error fake\""));
}

TEST_F(LogTest, LevelsBelowTheThresholdAreSilent) {
  configure_log(LogLevel::warn, LogFormat::text, pipe_[1]);
  log(LogLevel::info, "quiet");
  EXPECT_EQ(written(), "");
  EXPECT_FALSE(log_enabled(LogLevel::info));
  EXPECT_TRUE(log_enabled(LogLevel::error));
  configure_log(LogLevel::off, LogFormat::text, pipe_[1]);
  log(LogLevel::error, "quiet");
  EXPECT_EQ(written(), "");
}

class KeptLines final : public LogSink {
 public:
  void write(std::string_view line) override { text += line; }
  std::uint64_t lost() const override { return 3; }
  std::string text;
};

TEST_F(LogTest, TheSecondPlaceGetsJsonWhateverTheFirstGets) {
  KeptLines kept;
  configure_log(LogLevel::info, LogFormat::text, pipe_[1]);
  set_log_sink(&kept);
  log(LogLevel::debug, "not.seen");
  log(LogLevel::info, "a.b", {{"n", std::int64_t{1}}});
  EXPECT_EQ(log_lines_lost(), 3u);
  set_log_sink(nullptr);
  log(LogLevel::info, "c.d");
  EXPECT_THAT(written(), HasSubstr("info  a.b n=1\n"));
  EXPECT_THAT(kept.text, ::testing::EndsWith(R"("level":"info","event":"a.b","n":1})"
                                             "\n"));
  EXPECT_EQ(kept.text.find("c.d"), std::string::npos);
  EXPECT_EQ(log_lines_lost(), 0u);
}

}  // namespace
}  // namespace b3iq::base

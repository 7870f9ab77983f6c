// What a download does when nothing is wrong, and how it is stopped.
#include "agent/downloads/model_download.h"

#include <sys/stat.h>

#include "agent/downloads/download_fixture.h"
#include "base/clock.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;

class ModelDownloadTest : public DownloadTest {};

TEST_F(ModelDownloadTest, BringsAFileThatIsWholeAndVerified) {
  const std::string file = file_of(5'000'000);
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const auto received = fetch({.url = server.root_url() + "/models/a.gguf?rev=1",
                               .size_bytes = 5'000'000,
                               .sha256 = hash_of(file)});
  expect_received(received, part(), file);
  struct stat status{};
  ASSERT_EQ(::stat(part().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_TRUE(requests[0].starts_with("GET /models/a.gguf?rev=1 HTTP/1.1\r\n")) << requests[0];
  EXPECT_NE(requests[0].find("Accept-Encoding: identity\r\n"), std::string::npos);
  EXPECT_FALSE(range_start(requests[0]));
  ASSERT_GE(progress.size(), 3u);
  EXPECT_EQ(progress.front().phase, DownloadPhase::connecting);
  EXPECT_EQ(progress[1].phase, DownloadPhase::receiving);
  EXPECT_EQ(progress[1].total_bytes, 5'000'000);
  EXPECT_EQ(progress.back().phase, DownloadPhase::verifying);
  EXPECT_EQ(progress.back().received_bytes, 5'000'000);
}

TEST_F(ModelDownloadTest, TellsTheChecksumWhereNoneWasKnown) {
  const std::string file = file_of(1'000);
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
  forget_part_record(part());
  EXPECT_FALSE(std::filesystem::exists(part() + ".json"));
  EXPECT_TRUE(std::filesystem::exists(part()));
}

TEST_F(ModelDownloadTest, TakesChunkedAnswers) {
  const std::string file = file_of(300'000);
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < file.size(); at += 100'000) {
      wire.say(runtimes::http_chunk(std::string_view(file).substr(at, 100'000)));
    }
    wire.say(runtimes::kLastChunk);
  });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
}

TEST_F(ModelDownloadTest, TakesAnEmptyFile) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) { wire.say(whole_head(0)); });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  "");
}

TEST_F(ModelDownloadTest, RunsSeveralAtOnce) {
  const std::string file = file_of(3'000'000);
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  ModelDownload download(loop.loop(), limits, network);
  const DownloadSource source{.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}};
  int ended = 0;
  const auto one = [&](int number) -> base::Task<void> {
    auto fetching = download.fetch(source, part() + std::to_string(number), {}, {});
    expect_received(co_await std::move(fetching), part() + std::to_string(number), file);
    if (++ended == 3) loop.loop().stop();
  };
  loop.loop().post([&] {
    for (int i = 0; i < 3; ++i) base::detach(one(i));
  });
  loop.loop().run();
  EXPECT_EQ(ended, 3);
}

TEST_F(ModelDownloadTest, G6_80_TwoDownloadsNeverShareAPart) {
  const std::string file = file_of(10);
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    wire.say(whole_head(20));
    wire.say(file);
    wire.wait_for_close();
    (void)request;
    throw ScriptedUpstream::HangUp{};
  });
  const DownloadSource source{.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}};
  ModelDownload download(loop.loop(), limits, network);
  std::optional<base::Error> second;
  const auto other = [&]() -> base::Task<void> {
    auto fetching = download.fetch(source, part(), {}, {});
    auto result = co_await std::move(fetching);
    if (!result.ok()) second = result.error();
    cancel.cancel();
  };
  bool begun = false;
  on_progress = [&](const DownloadProgress& now) {
    if (now.phase != DownloadPhase::receiving || std::exchange(begun, true)) return;
    loop.loop().post([&] { base::detach(other()); });
  };
  const auto first = loop.run(download.fetch(source, part(), told(), cancel.token()));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, ErrorCode::conflict) << second->detail;
  ASSERT_FALSE(first.ok());
  EXPECT_EQ(first.error().code, ErrorCode::cancelled);
}

TEST_F(ModelDownloadTest, BadSourcesAreNamed) {
  const auto param_of = [&](DownloadSource source) {
    const auto received = fetch(source);
    EXPECT_FALSE(received.ok());
    if (received.ok()) return std::string();
    EXPECT_EQ(received.error().code, ErrorCode::invalid_request) << received.error().detail;
    return received.error().param;
  };
  const std::string url = "https://models.example/a";
  for (const char* bad : {"ftp://models.example/a", "models.example/a", "", "https://", "file:///a",
                          "https://user:pass@models.example/a", "https://models.example/a#b",
                          "https://models.example:0/a"}) {
    EXPECT_EQ(param_of({.url = bad, .size_bytes = {}, .sha256 = {}}), "url") << bad;
  }
  EXPECT_EQ(param_of({.url = url, .size_bytes = 0, .sha256 = {}}), "size_bytes");
  EXPECT_EQ(param_of({.url = url, .size_bytes = kMaxModelFileBytes + 1, .sha256 = {}}),
            "size_bytes");
  EXPECT_EQ(param_of({.url = url, .size_bytes = 1, .sha256 = "abc"}), "sha256");
  EXPECT_EQ(param_of({.url = url, .size_bytes = 1, .sha256 = std::string(64, 'A')}), "sha256");
  EXPECT_FALSE(std::filesystem::exists(part()));
}

TEST_F(ModelDownloadTest, G6_80_ACancelKeepsThePart) {
  const std::string file = file_of(4'000'000);
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    if (range_start(request)) return serve_well(wire, request, file);
    wire.say(whole_head(file.size()));
    wire.say(std::string_view(file).substr(0, 3'000'000));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  const DownloadSource source{.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}};
  on_progress = [&](const DownloadProgress& now) {
    if (now.phase == DownloadPhase::receiving) loop.loop().post([&] { cancel.cancel(); });
  };
  const auto stopped = fetch(source);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(std::filesystem::exists(part()));
  EXPECT_TRUE(file.starts_with(content(part())));
}

TEST_F(ModelDownloadTest, ACancelEndsAWait) {
  limits.max_retry_after_ms = 3'600'000;
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(runtimes::http_answer("", "503 Busy", "Retry-After: 3600\r\n"));
  });
  on_progress = [&](const DownloadProgress& now) {
    if (now.phase == DownloadPhase::waiting) cancel.cancel();
  };
  const auto stopped = fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
  ASSERT_TRUE(was_in(DownloadPhase::waiting));
  EXPECT_THAT(progress.back().note, testing::HasSubstr("Next try in 3600 s"));
}

TEST_F(ModelDownloadTest, TheBandwidthLimitHolds) {
  const std::string file = file_of(1'000'000);
  limits.bytes_per_second = 2'000'000;
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const std::int64_t began_ns = base::system_clock().steady_ns();
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
  const std::int64_t took_ms = (base::system_clock().steady_ns() - began_ns) / 1'000'000;
  // Half a second, less what the limit gives back and a pause too short to be made.
  EXPECT_GE(took_ms, 500 - kBandwidthCreditMs - kMinBandwidthPauseMs);
}

}  // namespace
}  // namespace b3iq::agent

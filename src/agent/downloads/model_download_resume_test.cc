// A download goes on where it stopped, or begins anew when it must.
#include "agent/downloads/download_fixture.h"
#include "agent/downloads/open_part.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kSize = 4'000'000;
constexpr std::size_t kCut = 2'500'000;

class ModelDownloadResume : public DownloadTest {
 protected:
  // A part as a process leaves it that is killed after `bytes` of `file`.
  void leave_part(const std::string& url, std::string_view bytes, std::optional<std::int64_t> total,
                  std::optional<std::string> validator, std::optional<std::string> sha256 = {}) {
    put(part(), bytes);
    DownloadRecord record;
    record.url = url;
    record.validator = std::move(validator);
    record.sha256 = std::move(sha256);
    record.total_bytes = total;
    record.boot_id = current_boot_id();
    put(part() + ".json", write_record(record));
  }
  const std::string file = file_of(kSize);
};

TEST_F(ModelDownloadResume, G6_80_ACutAnswerIsContinued) {
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    if (range_start(request)) return serve_well(wire, request, file);
    wire.say(whole_head(kSize));
    wire.say(std::string_view(file).substr(0, kCut));
    throw ScriptedUpstream::HangUp{};
  });
  expect_received(
      fetch({.url = server.root_url() + "/a", .size_bytes = kSize, .sha256 = hash_of(file)}),
      part(), file);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(range_start(requests[1]), kCut);
  EXPECT_THAT(requests[1], HasSubstr("\r\nIf-Range: \"v1\"\r\n"));
  EXPECT_TRUE(was_in(DownloadPhase::waiting));
}

TEST_F(ModelDownloadResume, G6_80_AResetIsContinued) {
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    if (range_start(request)) return serve_well(wire, request, file);
    wire.say(whole_head(kSize));
    wire.say(std::string_view(file).substr(0, kCut));
    wire.reset();
    throw ScriptedUpstream::HangUp{};
  });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
}

TEST_F(ModelDownloadResume, ProgressResetsTheCountOfTries) {
  // Far more cuts than tries in a row are allowed.
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    const auto start = range_start(request).value_or(0);
    wire.say(start > 0 ? rest_head(start, kSize) : whole_head(kSize));
    wire.say(std::string_view(file).substr(start, kSize / 10));
    throw ScriptedUpstream::HangUp{};
  });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
  EXPECT_GE(server.requests().size(), 10u);
}

TEST_F(ModelDownloadResume, ARestShorterThanAskedForIsAStep) {
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    const auto start = range_start(request);
    if (!start) {
      wire.say(whole_head(kSize));
      wire.say(std::string_view(file).substr(0, kCut));
      throw ScriptedUpstream::HangUp{};
    }
    const std::size_t size = std::min<std::size_t>(kSize - *start, 1'000'000);
    wire.say("HTTP/1.1 206 Partial Content\r\nContent-Length: " + std::to_string(size) +
             "\r\nContent-Range: bytes " + std::to_string(*start) + "-" +
             std::to_string(*start + size - 1) + "/" + std::to_string(kSize) + "\r\n\r\n");
    wire.say(std::string_view(file).substr(*start, size));
  });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}), part(),
                  file);
}

TEST_F(ModelDownloadResume, G6_80_APartLeftByAnotherProcessIsContinued) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const std::string url = server.root_url() + "/a";
  leave_part(url, std::string_view(file).substr(0, kCut), kSize, "\"v1\"");
  expect_received(fetch({.url = url, .size_bytes = kSize, .sha256 = {}}), part(), file);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(range_start(server.requests()[0]), kCut);
  EXPECT_EQ(progress.front().phase, DownloadPhase::verifying);
}

TEST_F(ModelDownloadResume, G6_80_ADownloadThatEndedButWasNotRenamedAsksNobody) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const DownloadSource source{.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}};
  expect_received(fetch(source), part(), file);
  expect_received(fetch(source), part(), file);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ModelDownloadResume, G6_80_ARangeThatIsIgnoredBeginsAnew) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize));
    wire.say(file);
  });
  const std::string url = server.root_url() + "/a";
  leave_part(url, std::string_view(file).substr(0, kCut), kSize, "\"v1\"");
  expect_received(fetch({.url = url, .size_bytes = kSize, .sha256 = {}}), part(), file);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(range_start(server.requests()[0]), kCut);
}

TEST_F(ModelDownloadResume, BeginningAnewHasAnEnd) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize));
    wire.say(std::string_view(file).substr(0, kCut));
    throw ScriptedUpstream::HangUp{};
  });
  const auto received = fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::download_refused);
  EXPECT_THAT(received.error().detail, HasSubstr("begins anew"));
  EXPECT_EQ(server.requests().size(), 2u + static_cast<unsigned>(limits.restarts));
}

TEST_F(ModelDownloadResume, G6_80_AnotherVersionBeginsAnew) {
  const std::string old = file_of(kSize + 1);
  // By If-Range, and by a server that does not read it.
  for (const bool reads_if_range : {true, false}) {
    ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
      const auto start = range_start(request);
      wire.say(start && !reads_if_range ? rest_head(*start, kSize, "ETag: \"v2\"\r\n")
                                        : whole_head(kSize, "ETag: \"v2\"\r\n"));
      if (!start || reads_if_range) wire.say(file);
      if (start) throw ScriptedUpstream::HangUp{};
    });
    const std::string url = server.root_url() + "/a";
    leave_part(url, std::string(kCut, 'x'), kSize, "\"v1\"");
    expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
    EXPECT_THAT(server.requests()[0], HasSubstr("\r\nIf-Range: \"v1\"\r\n"));
  }
}

TEST_F(ModelDownloadResume, G6_80_AWrongContentRangeIsRefused) {
  for (const std::string range :
       {"bytes 0-3999999/4000000", "bytes 2500001-3999999/4000000", "bytes 2500000-3999999/4000001",
        "bytes 2500000-4000000/4000000", "bytes */4000000", "2500000-3999999/4000000", ""}) {
    ScriptedUpstream server([&](const Wire& wire, const std::string&) {
      wire.say("HTTP/1.1 206 Partial Content\r\nContent-Length: 1500000\r\nContent-Range: " +
               range + "\r\n\r\n");
      wire.say(std::string_view(file).substr(kCut));
    });
    const std::string url = server.root_url() + "/a";
    leave_part(url, std::string_view(file).substr(0, kCut), kSize, "\"v1\"");
    const auto received = fetch({.url = url, .size_bytes = {}, .sha256 = {}});
    ASSERT_FALSE(received.ok()) << range;
    EXPECT_EQ(received.error().code, ErrorCode::download_refused);
    EXPECT_THAT(received.error().detail, HasSubstr("Content-Range"));
    EXPECT_EQ(server.requests().size(), 1u);
    EXPECT_EQ(content(part()).size(), kCut) << "the part is kept";
  }
}

TEST_F(ModelDownloadResume, APartThatNobodyAskedForIsRefused) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(rest_head(0, kSize));
    wire.say(file);
  });
  const auto received = fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::download_refused);
}

TEST_F(ModelDownloadResume, G6_80_RangeNotSatisfiable) {
  // All was here already, of a file whose length nobody had told.
  {
    ScriptedUpstream server([&](const Wire& wire, const std::string&) {
      wire.say(runtimes::http_answer("", "416 Range Not Satisfiable",
                                     "Content-Range: bytes */4000000\r\n"));
    });
    const std::string url = server.root_url() + "/a";
    leave_part(url, file, {}, "\"v1\"");
    expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
  }
  // The file is shorter now.
  {
    ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
      if (!range_start(request)) return serve_well(wire, request, file);
      wire.say(runtimes::http_answer("", "416 Range Not Satisfiable",
                                     "Content-Range: bytes */4000000\r\n"));
    });
    const std::string url = server.root_url() + "/a";
    leave_part(url, file + "more", {}, "\"v1\"");
    expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
    EXPECT_EQ(server.requests().size(), 2u);
  }
}

TEST_F(ModelDownloadResume, AnotherSourceBeginsAnew) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const std::string url = server.root_url() + "/a";
  const DownloadSource source{.url = url, .size_bytes = {}, .sha256 = hash_of(file)};
  const std::string_view begin = std::string_view(file).substr(0, kCut);
  leave_part(url + "b", begin, kSize, "\"v1\"", hash_of(file));
  expect_received(fetch(source), part(), file);
  leave_part(url, begin, kSize, "\"v1\"", hash_of("other"));
  expect_received(fetch(source), part(), file);
  // Nothing can tell whether the file is still the same.
  leave_part(url, begin, kSize, {});
  expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
  // A record that is damaged.
  put(part(), begin);
  put(part() + ".json", "{\"format\":1");
  expect_received(fetch(source), part(), file);
  ASSERT_EQ(server.requests().size(), 4u);
  for (const auto& request : server.requests()) EXPECT_FALSE(range_start(request)) << request;
}

// A network that wants a login first answers everything with its own page.
TEST_F(ModelDownloadResume, AnotherPageInThePlaceOfTheRestLosesNothing) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(runtimes::http_answer("<html>Log in</html>"));
  });
  const std::string url = server.root_url() + "/a";
  leave_part(url, std::string_view(file).substr(0, kCut), kSize, "\"v1\"");
  const auto received = fetch({.url = url, .size_bytes = kSize, .sha256 = {}});
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::download_refused) << received.error().detail;
  EXPECT_TRUE(content(part()) == file.substr(0, kCut));
}

TEST_F(ModelDownloadResume, AChecksumLearntMeanwhileIsHeldTo) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const std::string url = server.root_url() + "/a";
  leave_part(url, std::string_view(file).substr(0, kCut), kSize, "\"v1\"");
  expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = hash_of(file)}), part(), file);
  EXPECT_EQ(range_start(server.requests().at(0)), kCut);
}

TEST_F(ModelDownloadResume, AChecksumStandsInForAValidator) {
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    const auto start = range_start(request);
    wire.say(start ? rest_head(*start, kSize, "") : whole_head(kSize, ""));
    wire.say(std::string_view(file).substr(start.value_or(0), kCut));
    if (!start) throw ScriptedUpstream::HangUp{};
  });
  expect_received(
      fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = hash_of(file)}), part(),
      file);
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(range_start(server.requests()[1]), kCut);
  EXPECT_THAT(server.requests()[1], Not(HasSubstr("If-Range")));
}

// What the kernel had and the disk perhaps had not is fetched again after the machine went down.
TEST_F(ModelDownloadResume, AfterAReStartOnlySyncedBytesAreTrusted) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  constexpr std::size_t kSynced = 1'000'000;
  const std::string url = server.root_url() + "/a";
  DownloadRecord record;
  record.url = url;
  record.validator = "\"v1\"";
  record.total_bytes = kSize;
  record.checkpoint_bytes = kSynced;
  record.checkpoint_sha256 = hash_of(std::string_view(file).substr(0, kSynced));
  record.boot_id = "another";
  // Zeros, as a file system may leave them.
  put(part(), file.substr(0, kSynced) + std::string(kCut - kSynced, '\0'));
  put(part() + ".json", write_record(record));
  expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
  EXPECT_EQ(range_start(server.requests().at(0)), kSynced);
}

TEST_F(ModelDownloadResume, ADamagedPartIsNotContinued) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const std::string url = server.root_url() + "/a";
  DownloadRecord record;
  record.url = url;
  record.validator = "\"v1\"";
  record.total_bytes = kSize;
  record.checkpoint_bytes = 1'000'000;
  record.checkpoint_sha256 = hash_of(std::string_view(file).substr(0, 1'000'000));
  record.boot_id = current_boot_id();
  std::string damaged = file.substr(0, kCut);
  damaged[500'000] ^= 1;
  put(part(), damaged);
  put(part() + ".json", write_record(record));
  expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
  EXPECT_FALSE(range_start(server.requests().at(0)));
}

}  // namespace
}  // namespace b3iq::agent

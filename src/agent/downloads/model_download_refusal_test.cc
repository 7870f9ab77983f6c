// Servers that give another file, none, or one in a way that cannot be trusted.
#include "agent/downloads/download_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

constexpr std::size_t kSize = 1'500'000;

class ModelDownloadRefusal : public DownloadTest {
 protected:
  base::Error refused(const DownloadSource& source) {
    const auto received = fetch(source);
    EXPECT_FALSE(received.ok());
    return received.ok() ? base::Error(ErrorCode::internal, "") : received.error();
  }
  void expect_nothing_left() const {
    EXPECT_FALSE(std::filesystem::exists(part()));
    EXPECT_FALSE(std::filesystem::exists(part() + ".json"));
  }
  const std::string file = file_of(kSize);
};

TEST_F(ModelDownloadRefusal, G6_80_AWrongChecksumIsNeverServed) {
  ScriptedUpstream server(
      [&](const Wire& wire, const std::string& request) { serve_well(wire, request, file); });
  const auto error =
      refused({.url = server.root_url() + "/a", .size_bytes = kSize, .sha256 = hash_of("another")});
  EXPECT_EQ(error.code, ErrorCode::download_mismatch);
  EXPECT_THAT(error.detail, HasSubstr(hash_of(file)));
  EXPECT_THAT(error.detail, HasSubstr(hash_of("another")));
  EXPECT_EQ(server.requests().size(), 1u) << "it is not fetched again and again";
  expect_nothing_left();
}

TEST_F(ModelDownloadRefusal, G6_80_AWrongSizeIsSeenBeforeTheBody) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  const auto error =
      refused({.url = server.root_url() + "/a", .size_bytes = kSize + 1, .sha256 = {}});
  EXPECT_EQ(error.code, ErrorCode::download_mismatch);
  EXPECT_THAT(error.detail, HasSubstr("1500000"));
  EXPECT_THAT(error.detail, HasSubstr("1500001"));
  expect_nothing_left();
}

TEST_F(ModelDownloadRefusal, G6_80_AWrongSizeThatWasNotAnnounced) {
  for (const int difference : {-1, 1}) {
    ScriptedUpstream server([&](const Wire& wire, const std::string&) {
      wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      wire.say(runtimes::http_chunk(file));
      wire.say(runtimes::kLastChunk);
    });
    const auto error = refused({.url = server.root_url() + "/a",
                                .size_bytes = static_cast<std::int64_t>(kSize) + difference,
                                .sha256 = {}});
    EXPECT_EQ(error.code, ErrorCode::download_mismatch) << error.detail;
    EXPECT_EQ(server.requests().size(), 1u);
    expect_nothing_left();
  }
}

TEST_F(ModelDownloadRefusal, G6_80_AnEndlessBodyIsCutAtItsSize) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = runtimes::http_chunk(file);
    while (wire.say(chunk)) {
    }
    throw ScriptedUpstream::HangUp{};
  });
  const DownloadSource source{
      .url = server.root_url() + "/a", .size_bytes = 10 * kSize, .sha256 = {}};
  EXPECT_EQ(refused(source).code, ErrorCode::download_mismatch);
  expect_nothing_left();
  // Without a size, at the limit of all files.
  limits.max_bytes = 5 * kSize;
  const auto error = refused({.url = source.url, .size_bytes = {}, .sha256 = hash_of(file)});
  EXPECT_EQ(error.code, ErrorCode::download_refused);
  EXPECT_THAT(error.detail, HasSubstr(std::to_string(5 * kSize)));
}

TEST_F(ModelDownloadRefusal, FilesPastTheLimitAreNotBegun) {
  limits.max_bytes = kSize - 1;
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  EXPECT_EQ(refused({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}).code,
            ErrorCode::download_refused);
  EXPECT_EQ(std::filesystem::file_size(part()), 0u);
}

TEST_F(ModelDownloadRefusal, BytesPastTheAnnouncedLengthAreNotTaken) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize));
    wire.say(file);
    wire.say("and more");
    throw ScriptedUpstream::HangUp{};
  });
  expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = kSize, .sha256 = {}}),
                  part(), file);
}

TEST_F(ModelDownloadRefusal, CompressedAnswersAreRefused) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize, "Content-Encoding: gzip\r\n"));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  const auto error = refused({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  EXPECT_EQ(error.code, ErrorCode::download_refused);
  EXPECT_THAT(error.detail, HasSubstr("compressed"));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(ModelDownloadRefusal, NeitherLengthNorChecksum) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\n\r\n");
    wire.say(file);
    throw ScriptedUpstream::HangUp{};
  });
  const std::string url = server.root_url() + "/a";
  EXPECT_EQ(refused({.url = url, .size_bytes = {}, .sha256 = {}}).code,
            ErrorCode::download_refused);
  // Either is enough.
  expect_received(fetch({.url = url, .size_bytes = kSize, .sha256 = {}}), part(), file);
  remove_part(part());
  expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = hash_of(file)}), part(), file);
}

struct Refusal {
  const char* status;
  const char* says;
};

TEST_F(ModelDownloadRefusal, FinalAnswersNameTheFix) {
  for (const auto& [status, says] :
       {Refusal{"401 Unauthorized", "licence"}, Refusal{"403 Forbidden", "licence"},
        Refusal{"404 Not Found", "moved or removed"}, Refusal{"410 Gone", "moved or removed"},
        Refusal{"400 Bad Request", "HTTP 400"}, Refusal{"304 Not Modified", "HTTP 304"},
        Refusal{"204 No Content", "HTTP 204"}}) {
    ScriptedUpstream server([&](const Wire& wire, const std::string&) {
      wire.say(std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\n\r\n");
    });
    const auto error = refused(
        {.url = server.root_url() + "/a?signature=very-secret", .size_bytes = {}, .sha256 = {}});
    EXPECT_EQ(error.code, ErrorCode::download_refused) << status;
    EXPECT_THAT(error.detail, HasSubstr(says));
    EXPECT_THAT(error.detail, testing::Not(HasSubstr("secret")));
    EXPECT_EQ(server.requests().size(), 1u) << status;
  }
}

TEST_F(ModelDownloadRefusal, TroubleIsTriedAgain) {
  for (const char* status : {"500 Internal Server Error", "502 Bad Gateway", "503 Busy",
                             "429 Too Many Requests", "408 Request Timeout"}) {
    std::atomic<int> asked = 0;
    ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
      if (asked++ > 0) return serve_well(wire, request, file);
      wire.say(runtimes::http_answer("", status, "Retry-After: 0\r\n"));
    });
    remove_part(part());
    expect_received(fetch({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}}),
                    part(), file);
    EXPECT_EQ(asked, 2) << status;
  }
}

TEST_F(ModelDownloadRefusal, RetryAfterIsHonouredWithinABound) {
  limits.max_retry_after_ms = 1'500;
  limits.retries = 1;
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(runtimes::http_answer("", "429 Too Many Requests", "Retry-After: 86400\r\n"));
  });
  const auto error = refused({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  EXPECT_EQ(error.code, ErrorCode::download_failed);
  ASSERT_TRUE(was_in(DownloadPhase::waiting));
  for (const auto& each : progress) {
    if (each.phase == DownloadPhase::waiting) EXPECT_THAT(each.note, HasSubstr("Next try in 2 s"));
  }
}

TEST_F(ModelDownloadRefusal, TriesHaveAnEnd) {
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(runtimes::http_answer("", "500 Internal Server Error"));
  });
  const auto error = refused({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  EXPECT_EQ(error.code, ErrorCode::download_failed);
  EXPECT_THAT(error.detail, HasSubstr("the last of 3 tries"));
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(ModelDownloadRefusal, NobodyListens) {
  std::uint16_t port = 0;
  {
    const ScriptedUpstream gone([](const Wire&, const std::string&) {});
    port = gone.port();
  }
  const auto error = refused(
      {.url = "http://127.0.0.1:" + std::to_string(port) + "/a", .size_bytes = {}, .sha256 = {}});
  EXPECT_EQ(error.code, ErrorCode::download_failed);
}

TEST_F(ModelDownloadRefusal, SilenceIsAFailureAndThePartIsKept) {
  limits.silence_ms = 300;
  limits.retries = 0;
  ScriptedUpstream server([&](const Wire& wire, const std::string&) {
    wire.say(whole_head(kSize));
    wire.say(std::string_view(file).substr(0, kSize / 2));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  const auto error = refused({.url = server.root_url() + "/a", .size_bytes = {}, .sha256 = {}});
  EXPECT_EQ(error.code, ErrorCode::download_failed);
  EXPECT_THAT(error.detail, HasSubstr("in time"));
  EXPECT_TRUE(file.starts_with(content(part())));
}

}  // namespace
}  // namespace b3iq::agent

// Disks that are full, files that are in the way, and files of this machine.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/downloads/download_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

constexpr std::size_t kSize = 6'000'000;

// Files of this process cannot grow past a size, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = old_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

class ModelDownloadDisk : public DownloadTest {
 protected:
  const std::string file = file_of(kSize);
  ScriptedUpstream server{
      [this](const Wire& wire, const std::string& request) { serve_well(wire, request, file); }};
  DownloadSource source{.url = server.root_url() + "/a", .size_bytes = kSize, .sha256 = {}};
};

TEST_F(ModelDownloadDisk, G6_80_AWriteThatFailsKeepsThePart) {
  {
    const FileSizeLimit full(2'500'000);
    const auto received = fetch(source);
    ASSERT_FALSE(received.ok());
    EXPECT_EQ(received.error().code, ErrorCode::storage_failed) << received.error().detail;
    EXPECT_THAT(received.error().detail, HasSubstr("bytes are missing"));
  }
  EXPECT_TRUE(content(part()) == file.substr(0, 2'500'000));
  expect_received(fetch(source), part(), file);
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(range_start(server.requests()[1]), 2'500'000u);
}

TEST_F(ModelDownloadDisk, G6_80_ADiskThatIsFullSaysHowMuchIsMissing) {
  const std::string small = folder + "/small";
  ASSERT_EQ(::mkdir(small.c_str(), 0700), 0);
  if (::mount("none", small.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "no small file system can be mounted here: " << std::strerror(errno);
  }
  ModelDownload download(loop.loop(), limits, network);
  const std::string path = small + "/a.part";
  // The length is not announced: the disk itself says no.
  ScriptedUpstream chunked([&](const Wire& wire, const std::string&) {
    wire.say("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.say(runtimes::http_chunk(file));
    wire.say(runtimes::kLastChunk);
  });
  const auto filled =
      loop.run(download.fetch({.url = chunked.root_url() + "/a", .size_bytes = {}, .sha256 = {}},
                              path, told(), cancel.token()));
  const auto kept = std::filesystem::file_size(path);
  // Announced: nothing is received.
  const auto announced = loop.run(download.fetch(source, path, told(), cancel.token()));
  ::umount(small.c_str());
  ASSERT_FALSE(filled.ok());
  EXPECT_EQ(filled.error().code, ErrorCode::storage_failed);
  EXPECT_GT(kept, 3'000'000u);
  ASSERT_FALSE(announced.ok());
  EXPECT_EQ(announced.error().code, ErrorCode::storage_failed);
  EXPECT_THAT(announced.error().detail, testing::ContainsRegex(": [0-9]+ bytes are missing"));
}

TEST_F(ModelDownloadDisk, G6_80_TheReserveStaysFree) {
  struct statvfs space{};
  ASSERT_EQ(::statvfs(folder.c_str(), &space), 0);
  limits.reserve_bytes = static_cast<std::int64_t>(space.f_bavail * space.f_frsize) * 2;
  const auto received = fetch(source);
  ASSERT_FALSE(received.ok());
  EXPECT_EQ(received.error().code, ErrorCode::storage_failed);
  EXPECT_THAT(received.error().detail, HasSubstr("bytes are missing"));
  EXPECT_EQ(std::filesystem::file_size(part()), 0u);
}

TEST_F(ModelDownloadDisk, LinksAndOtherThingsInTheWayAreRefused) {
  const auto refused = [&] {
    const auto received = fetch(source);
    EXPECT_FALSE(received.ok());
    return received.ok() ? base::Error(ErrorCode::internal, "") : received.error();
  };
  put(folder + "/precious", "precious");
  ASSERT_EQ(::symlink("precious", part().c_str()), 0);
  EXPECT_EQ(refused().code, ErrorCode::file_failed);
  EXPECT_THAT(refused().detail, HasSubstr("symbolic link"));
  ::unlink(part().c_str());
  ASSERT_EQ(::link((folder + "/precious").c_str(), part().c_str()), 0);
  EXPECT_EQ(refused().code, ErrorCode::file_failed);
  ::unlink(part().c_str());
  ASSERT_EQ(::mkfifo(part().c_str(), 0600), 0);
  EXPECT_EQ(refused().code, ErrorCode::file_failed);
  ::unlink(part().c_str());
  ASSERT_EQ(::mkdir(part().c_str(), 0700), 0);
  EXPECT_EQ(refused().code, ErrorCode::file_failed);
  EXPECT_EQ(content(folder + "/precious"), "precious");
  ModelDownload download(loop.loop(), limits, network);
  const auto nowhere =
      loop.run(download.fetch(source, folder + "/none/a.part", {}, base::CancelToken()));
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, ErrorCode::file_failed);
  EXPECT_EQ(server.connections(), 0);
}

// A record that is a link is neither read nor followed when it is written.
TEST_F(ModelDownloadDisk, ALinkAsRecordIsReplaced) {
  put(folder + "/precious", "precious");
  ASSERT_EQ(::symlink("precious", (part() + ".json").c_str()), 0);
  ASSERT_EQ(::symlink("precious", (part() + ".json.new").c_str()), 0);
  expect_received(fetch(source), part(), file);
  EXPECT_EQ(content(folder + "/precious"), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(part() + ".json"));
}

TEST_F(ModelDownloadDisk, APartThatOthersCanReadIsClosed) {
  put(part(), "");
  ASSERT_EQ(::chmod(part().c_str(), 0644), 0);
  expect_received(fetch(source), part(), file);
  struct stat status{};
  ASSERT_EQ(::stat(part().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

class ModelCopy : public DownloadTest {
 protected:
  base::Error refused(const std::string& from) {
    const auto copied = copy(from);
    EXPECT_FALSE(copied.ok());
    return copied.ok() ? base::Error(ErrorCode::internal, "") : copied.error();
  }
  const std::string file = file_of(kSize);
  std::string from() const { return folder + "/from.gguf"; }
};

TEST_F(ModelCopy, BringsTheFile) {
  put(from(), file);
  expect_received(copy(from()), part(), file);
  EXPECT_EQ(progress.back().phase, DownloadPhase::verifying);
  // Once more, over what is there; through a link too.
  ASSERT_EQ(::symlink("from.gguf", (folder + "/link").c_str()), 0);
  expect_received(copy(folder + "/link"), part(), file);
}

TEST_F(ModelCopy, ReplacesADownload) {
  put(from(), file);
  put(part(), "half of something else");
  put(part() + ".json", "{}");
  expect_received(copy(from()), part(), file);
  EXPECT_FALSE(std::filesystem::exists(part() + ".json"));
}

TEST_F(ModelCopy, WhatIsNoPlainFileIsRefused) {
  EXPECT_EQ(refused(folder + "/none").code, ErrorCode::not_found);
  EXPECT_EQ(refused(folder).code, ErrorCode::file_failed);
  ASSERT_EQ(::mkfifo(from().c_str(), 0600), 0);
  EXPECT_EQ(refused(from()).code, ErrorCode::file_failed);
  put(part(), "x");
  EXPECT_EQ(refused(part()).code, ErrorCode::conflict);
}

TEST_F(ModelCopy, FilesPastTheLimitAreNotBegun) {
  put(from(), file);
  limits.max_bytes = kSize - 1;
  EXPECT_EQ(refused(from()).code, ErrorCode::file_failed);
}

TEST_F(ModelCopy, G6_80_ADiskThatIsFullStopsIt) {
  put(from(), file);
  const FileSizeLimit full(2'500'000);
  EXPECT_EQ(refused(from()).code, ErrorCode::storage_failed);
}

TEST_F(ModelCopy, ACancelStopsIt) {
  put(from(), file);
  cancel.cancel();
  EXPECT_EQ(refused(from()).code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace b3iq::agent

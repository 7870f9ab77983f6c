// For tests: a folder, a loop, quick limits, and a server that serves one file as a script wishes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/downloads/model_download.h"
#include "agent/downloads/part_file.h"
#include "base/bytes.h"
#include "crypto/sha256.h"
#include "runtimes/upstream/runtime_on_loop.h"
#include "runtimes/upstream/scripted_upstream.h"

namespace b3iq::agent {

using runtimes::ScriptedUpstream;
using runtimes::TaskLoop;
using runtimes::Wire;

inline std::string hash_of(std::string_view text) { return base::to_hex(crypto::sha256(text)); }

// Bytes that differ everywhere, the same for the same size.
inline std::string file_of(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = 0x9E3779B97F4A7C15;
  for (auto& byte : bytes) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

// Where a request wants to go on; nothing: it wants the whole file.
inline std::optional<std::size_t> range_start(const std::string& request) {
  constexpr std::string_view kField = "\r\nRange: bytes=";
  const auto at = request.find(kField);
  if (at == std::string::npos) return std::nullopt;
  return std::stoul(request.substr(at + kField.size()));
}

inline std::string whole_head(std::size_t size, std::string_view more = "ETag: \"v1\"\r\n") {
  return std::string("HTTP/1.1 200 OK\r\nContent-Length: ")
      .append(std::to_string(size))
      .append("\r\n")
      .append(more)
      .append("\r\n");
}

inline std::string rest_head(std::size_t first, std::size_t total,
                             std::string_view more = "ETag: \"v1\"\r\n") {
  return std::string("HTTP/1.1 206 Partial Content\r\nContent-Length: ")
      .append(std::to_string(total - first))
      .append("\r\nContent-Range: bytes ")
      .append(std::to_string(first) + "-" + std::to_string(total - 1) + "/" + std::to_string(total))
      .append("\r\n")
      .append(more)
      .append("\r\n");
}

// As a good server answers, Range too.
inline void serve_well(const Wire& wire, const std::string& request, std::string_view file) {
  const auto start = range_start(request);
  wire.say(start ? rest_head(*start, file.size()) : whole_head(file.size()));
  wire.say(file.substr(start.value_or(0)));
}

class DownloadTest : public ::testing::Test {
 protected:
  DownloadTest() {
    std::string name = (std::filesystem::temp_directory_path() / "b3iq-download-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    limits.reserve_bytes = 0;
    limits.retries = 2;
    limits.try_progress_bytes = 1;
    limits.first_backoff_ms = 1;
    limits.max_backoff_ms = 2;
    limits.connect_ms = 10'000;
    limits.silence_ms = 10'000;
  }
  ~DownloadTest() override { std::filesystem::remove_all(folder); }

  std::string part() const { return folder + "/model.gguf.part"; }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& path, std::string_view bytes) const {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  base::Result<ReceivedFile> fetch(const DownloadSource& source) {
    ModelDownload download(loop.loop(), limits, network);
    return loop.run(download.fetch(source, part(), told(), cancel.token()));
  }
  base::Result<ReceivedFile> copy(const std::string& from) {
    ModelDownload download(loop.loop(), limits, network);
    return loop.run(download.copy(from, part(), told(), cancel.token()));
  }
  DownloadTold told() {
    return [this](const DownloadProgress& now) {
      progress.push_back(now);
      if (on_progress) on_progress(now);
    };
  }
  bool was_in(DownloadPhase phase) const {
    return std::ranges::any_of(progress, [&](const auto& each) { return each.phase == phase; });
  }

  TaskLoop loop;
  std::string folder;
  DownloadLimits limits;
  DownloadNetwork network;
  base::CancelSource cancel;
  std::vector<DownloadProgress> progress;
  std::function<void(const DownloadProgress&)> on_progress;
};

// The file is there, whole, and says so.
inline void expect_received(const base::Result<ReceivedFile>& received, const std::string& path,
                            std::string_view file) {
  ASSERT_TRUE(received.ok()) << received.error().detail;
  EXPECT_EQ(received->bytes, static_cast<std::int64_t>(file.size()));
  EXPECT_EQ(received->sha256, hash_of(file));
  std::ifstream in(path, std::ios::binary);
  const std::string on_disk{std::istreambuf_iterator<char>(in), {}};
  EXPECT_TRUE(on_disk == file) << "the bytes differ";
}

}  // namespace b3iq::agent

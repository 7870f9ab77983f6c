#include "agent/backup/backup_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/backup/backup_manifest.h"
#include "agent/backup/backup_shelf.h"
#include "agent/support/tar_writer.h"
#include "agent/upkeep/side_thread.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

Error unreadable(const std::string& name, int failure) {
  return {ErrorCode::file_failed,
          fmt::format("{} cannot be read: {}.", name, std::strerror(failure))};
}

Result<OpenFile> open_file(const std::string& folder, const std::string& id,
                           std::string_view file) {
  const auto path = fmt::format("{}/{}", folder, file);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return unreadable(path, errno);
  struct stat info{};
  if (::fstat(fd, &info) != 0) {
    const int failure = errno;
    ::close(fd);
    return unreadable(path, failure);
  }
  return OpenFile(fd, fmt::format("{}/{}", id, file), static_cast<std::uint64_t>(info.st_size));
}

class ArchiveStream final : public http::BodySource {
 public:
  explicit ArchiveStream(std::vector<OpenFile> files)
      : files_(std::move(files)), now_s_(base::system_clock().wall_ms() / 1000) {}

  Task<Result<std::string_view>> next() override {
    piece_.clear();
    if (ended_) co_return std::string_view();
    auto work = [this] { return fill(); };
    CO_TRY_OK(co_await thread_.run(std::move(work)));
    co_return std::string_view(piece_);
  }

 private:
  // Headers, content and padding up to about one piece.
  Status fill() {
    while (piece_.size() < kPieceBytes && !ended_) {
      if (current_ == files_.size()) {
        end_tar(piece_);
        ended_ = true;
      } else {
        TRY_OK(append_some(files_[current_]));
      }
    }
    return {};
  }

  Status append_some(const OpenFile& file) {
    if (at_ == 0) append_tar_header(piece_, file.name(), file.bytes(), now_s_);
    const auto wanted = std::min<std::uint64_t>(kPieceBytes, file.bytes() - at_);
    TRY_OK(append_content(file, static_cast<std::size_t>(wanted)));
    if (at_ < file.bytes()) return {};
    piece_.append(tar_padding(file.bytes()), '\0');
    ++current_;
    at_ = 0;
    return {};
  }

  Status append_content(const OpenFile& file, std::size_t wanted) {
    const auto start = piece_.size();
    piece_.resize(start + wanted);
    std::size_t got = 0;
    while (got < wanted) {
      const auto n =
          ::pread(file.fd(), piece_.data() + start + got, wanted - got, static_cast<off_t>(at_));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return unreadable(file.name(), n == 0 ? EIO : errno);
      got += static_cast<std::size_t>(n);
      at_ += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  std::vector<OpenFile> files_;
  std::int64_t now_s_;
  std::size_t current_ = 0;
  std::uint64_t at_ = 0;  // in the current file
  bool ended_ = false;
  std::string piece_;
  SideThread thread_;
};

}  // namespace

OpenFile::OpenFile(OpenFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)), bytes_(other.bytes_) {}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::vector<OpenFile>> open_archive(const Home& home, const std::string& id) {
  TRY(const auto folder, backup_folder(home, id));
  TRY(const auto facts, read_manifest(folder, FileCheck::none));
  std::vector<OpenFile> files;
  TRY(auto manifest, open_file(folder, id, kManifestFile));
  files.push_back(std::move(manifest));
  for (const auto& name : facts.files) {
    TRY(auto file, open_file(folder, id, name));
    files.push_back(std::move(file));
  }
  return files;
}

std::unique_ptr<http::BodySource> stream_archive(std::vector<OpenFile> files) {
  return std::make_unique<ArchiveStream>(std::move(files));
}

}  // namespace b3iq::agent

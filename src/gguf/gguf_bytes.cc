#include "gguf/gguf_bytes.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace b3iq::gguf {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {
Error failed(const std::string& path, const std::string& why) {
  return {ErrorCode::file_failed, "The model file " + path + " cannot be read: " + why + "."};
}
}  // namespace

Status MemorySource::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  if (!out.empty()) memcpy(out.data(), bytes_.data() + offset, out.size());
  return {};
}

FileSource::FileSource(int fd, std::uint64_t size, std::string path)
    : fd_(fd), size_(size), path_(std::move(path)) {}

FileSource::FileSource(FileSource&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), path_(std::move(other.path_)) {}

FileSource::~FileSource() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FileSource> FileSource::open(const std::string& path) {
  // Non-blocking: a FIFO would wait for a writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed(path, strerror(errno));
  struct stat status{};
  const int code = ::fstat(fd, &status) == 0 ? 0 : errno;
  FileSource source(fd, static_cast<std::uint64_t>(status.st_size), path);
  if (code != 0) return failed(path, strerror(code));
  if (!S_ISREG(status.st_mode)) return failed(path, "it is not a regular file");
  return source;
}

Status FileSource::read_at(std::uint64_t offset, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t count = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path_, strerror(errno));
    if (count == 0) return failed(path_, "it became shorter while it was read");
    offset += static_cast<std::uint64_t>(count);
    out = out.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace b3iq::gguf

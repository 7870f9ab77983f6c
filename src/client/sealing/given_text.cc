#include "client/sealing/given_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

namespace b3iq::client {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

base::Error failed(std::string_view what, const std::string& path, int cause) {
  return base::Error(base::ErrorCode::file_failed,
                     std::string(what) + " cannot be read from " +
                         (path.empty() ? "standard input" : path) + ": " + ::strerror(cause) + ".",
                     path);
}

base::Result<crypto::Secret> read_all(int fd, const std::string& path, std::size_t max_bytes,
                                      std::string_view what) {
  crypto::Secret text = crypto::Secret::of_size(kPieceBytes);
  std::size_t used = 0;
  for (;;) {
    if (used == text.size()) {
      crypto::Secret larger = crypto::Secret::of_size(2 * text.size());
      std::copy_n(text.reveal().begin(), used, larger.writable().begin());
      text = std::move(larger);
    }
    const ssize_t n = ::read(fd, text.writable().data() + used, text.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(what, path, errno);
    if (n == 0) return crypto::Secret(text.reveal().first(used));
    used += static_cast<std::size_t>(n);
    if (used > max_bytes) {
      return base::Error(base::ErrorCode::payload_too_large,
                         std::string(what) + " may have " + std::to_string(max_bytes) +
                             " bytes, and there are more.",
                         path);
    }
  }
}

}  // namespace

base::Result<crypto::Secret> read_given(const std::string& path, std::size_t max_bytes,
                                        std::string_view what) {
  if (path.empty() || path == "-") return read_all(STDIN_FILENO, "", max_bytes, what);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(what, path, errno);
  auto text = read_all(fd, path, max_bytes, what);
  ::close(fd);
  return text;
}

}  // namespace b3iq::client

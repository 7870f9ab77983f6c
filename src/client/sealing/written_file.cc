#include "client/sealing/written_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace b3iq::client {

base::Status write_whole_file(const std::string& path, std::string_view text) {
  const auto failed = [&](int cause) {
    return base::Error(base::ErrorCode::file_failed,
                       path + " cannot be written: " + ::strerror(cause) + ".", path);
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed(errno);
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int cause = errno;
      ::close(fd);
      return failed(cause);
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::close(fd) == 0 ? base::Status() : failed(errno);
}

}  // namespace b3iq::client

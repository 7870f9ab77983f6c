#include "agent/backup/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/secret_file.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

bool sync_folder(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool synced = ::fsync(folder) == 0;
  const int failure = errno;
  ::close(folder);
  errno = failure;
  return synced;
}

Status write_durable(const std::string& path, std::string_view text) {
  const auto written = crypto::write_secret_file(path, base::as_bytes(text));
  if (!written.ok()) return Error(ErrorCode::storage_failed, written.error().detail);
  return {};
}

Status remove_durable(const std::string& path) {
  const bool gone = ::unlink(path.c_str()) == 0 || errno == ENOENT;
  if (gone && sync_folder(path.substr(0, path.rfind('/')))) return {};
  return Error(ErrorCode::storage_failed,
               fmt::format("{} cannot be removed: {}.", path, std::strerror(errno)));
}

}  // namespace b3iq::agent

#include "storage/sqlite/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>

#include "storage/sqlite/sqlite_connection.h"
#include "storage/sqlite/wal_check.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderBytes = 100;

Error file_error(std::string_view doing, const std::string& path) {
  return {ErrorCode::file_failed,
          fmt::format("cannot {} {}: {}", doing, path, std::strerror(errno))};
}

Error damaged(const std::string& path, std::string_view how) {
  return {ErrorCode::corrupt,
          fmt::format("{} is damaged: {}. Nothing was changed. Restore it from a backup; if there "
                      "is none, keep a "
                      "copy of the file and of {}-wal before you try to repair it.",
                      path, how, path)};
}

std::uint32_t big_endian(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

base::Status sync_path(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return file_error("open", path);
  const int rc = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (rc != 0) return file_error("sync", path);
  return {};
}

base::Status check_header(const std::string& path, std::uint64_t size, LastShutdown last) {
  if (size == 0) return damaged(path, "it is empty");
  std::array<std::uint8_t, kHeaderBytes> header{};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return file_error("open", path);
  const auto got = ::read(fd, header.data(), header.size());
  ::close(fd);
  if (got < 0) return file_error("read", path);
  if (static_cast<std::size_t>(got) < header.size()) {
    return damaged(path, fmt::format("it is cut off after {} bytes", size));
  }
  if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) {
    return damaged(path, "it does not begin with a database header (offset 0)");
  }
  const std::uint32_t raw = std::uint32_t{header[16]} << 8 | header[17];
  const std::uint32_t page_bytes = raw == 1 ? 65536 : raw;
  if (page_bytes < 512 || !std::has_single_bit(page_bytes)) {
    return damaged(path, "its page size is not valid (offset 16)");
  }
  if (big_endian(header.data() + 68) != kApplicationId) {
    return Error(
        ErrorCode::conflict,
        fmt::format("{} is a database of another program. Give another path, or move it away.",
                    path));
  }
  // While a log waits, a checkpoint may have been cut short: SQLite finishes it from the log.
  const std::uint64_t pages = big_endian(header.data() + 28);
  if (last == LastShutdown::clean && pages * page_bytes > size) {
    return damaged(path, fmt::format("it is cut off at offset {}, {} bytes belong there", size,
                                     pages * page_bytes));
  }
  return {};
}

}  // namespace

base::Status sync_file(const std::string& path) { return sync_path(path, O_RDONLY); }

base::Status sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

base::Result<bool> database_exists(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) {
    if (!S_ISREG(info.st_mode)) {
      return Error(ErrorCode::file_failed, fmt::format("{} is not a file", path));
    }
    return true;
  }
  if (errno != ENOENT) return file_error("examine", path);
  const std::string wal = path + "-wal";
  if (::stat(wal.c_str(), &info) == 0 && info.st_size > 0) {
    return damaged(path, fmt::format("it is missing, but its log {} is there", wal));
  }
  return false;
}

base::Status create_database(const std::string& path, const std::string& vfs) {
  const std::string made = path + ".new";
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((made + suffix).c_str());
  const int fd = ::open(made.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return file_error("create", made);
  ::close(fd);
  {
    TRY(const auto connection, SqliteConnection::open(made, Access::read_write, vfs));
    TRY_OK(connection->script(
        fmt::format("PRAGMA page_size=4096; PRAGMA application_id={}; PRAGMA journal_mode=WAL",
                    kApplicationId),
        "creation of " + path));
  }
  TRY_OK(sync_file(made));
  if (::rename(made.c_str(), path.c_str()) != 0) return file_error("create", path);
  return sync_folder_of(path);
}

base::Result<LastShutdown> examine_database(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return file_error("examine", path);
  TRY(const WalState wal, check_wal_file(path + "-wal"));
  const auto last = wal.kind == WalState::Kind::empty ? LastShutdown::clean : LastShutdown::unclean;
  TRY_OK(check_header(path, static_cast<std::uint64_t>(info.st_size), last));
  if (wal.kind == WalState::Kind::damaged) {
    return damaged(path + "-wal",
                   fmt::format("the log is broken at offset {}, with whole transactions behind it",
                               wal.bad_offset));
  }
  return last;
}

base::Result<LastShutdown> check_database(const std::string& path) {
  TRY(const LastShutdown last, examine_database(path));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string file = path + suffix;
    if (::chmod(file.c_str(), 0600) != 0 && errno != ENOENT)
      return file_error("make private", file);
  }
  return last;
}

}  // namespace b3iq::storage

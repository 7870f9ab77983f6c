// A part out of a file of this machine.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "agent/downloads/part_store.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

Result<OwnedFd> open_source(const std::string& path, struct stat& status) {
  // O_NONBLOCK: a pipe must not hold us.
  OwnedFd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.ok() && errno == ENOENT) {
    return Error(ErrorCode::not_found, "There is no file " + path + ".");
  }
  if (!file.ok() || ::fstat(file.get(), &status) != 0) return part_failed("open", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorCode::file_failed, path + " is no plain file; name the model's file itself.");
  }
  return file;
}

bool unchanged(const struct stat& before, const struct stat& after) {
  return before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
         before.st_mtim.tv_nsec == after.st_mtim.tv_nsec;
}

}  // namespace

Status PartStore::copy_from(const std::string& from, std::int64_t max_bytes, const WorkTold& told) {
  struct stat before{};
  TRY(auto source, open_source(from, before));
  if (before.st_size > max_bytes) {
    return Error(ErrorCode::file_failed, from + " has " + std::to_string(before.st_size) +
                                             " bytes; at most " + std::to_string(max_bytes) +
                                             " are taken.");
  }
  struct stat own{};
  if (::fstat(part_.file.get(), &own) != 0) return part_failed("look at", part_.path, errno);
  if (own.st_dev == before.st_dev && own.st_ino == before.st_ino) {
    return Error(ErrorCode::conflict, from + " is the part file itself.");
  }
  // What is there from before was another download's, or a copy of who knows which version.
  TRY_OK(truncate(0));
  record_.reset();
  ::unlinkat(part_.folder.get(), part_.record_name().c_str(), 0);
  // The copy shares the source's blocks where the file system can do that.
  if (::ioctl(part_.file.get(), FICLONE, source.get()) == 0) {
    part_.bytes = before.st_size;
    TRY_OK(hash_until(before.st_size, told));
  } else {
    TRY_OK(check_room(before.st_size));
    TRY_OK(copy_bytes(source.get(), from, told));
  }
  struct stat after{};
  if (::fstat(source.get(), &after) != 0) return part_failed("look at", from, errno);
  if (!unchanged(before, after) || bytes_ != before.st_size) {
    return Error(ErrorCode::conflict,
                 from + " changed while it was copied. Wait until nobody writes it.");
  }
  return {};
}

Status PartStore::copy_bytes(int from, const std::string& name, const WorkTold& told) {
  std::vector<char> block(kReadBlockBytes);
  ::posix_fadvise(from, 0, 0, POSIX_FADV_SEQUENTIAL);
  for (;;) {
    if (told && !told(bytes_)) return Error(ErrorCode::cancelled, "the copy was cancelled");
    const ssize_t got = ::pread(from, block.data(), block.size(), bytes_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return part_failed("read", name, errno);
    if (got == 0) return {};
    TRY_OK(write(std::string_view(block.data(), static_cast<std::size_t>(got))));
  }
}

}  // namespace b3iq::agent

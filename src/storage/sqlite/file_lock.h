// One process at a time may write a database. The lock is flock(2) on a file beside it, which holds
// the owner's process id and name; the kernel lets go of it when the process ends, however it ends.
// The file itself stays.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace b3iq::storage {

class FileLock {
 public:
  // Errors: conflict (naming the process that holds it), file_failed.
  static base::Result<FileLock> acquire(const std::string& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace b3iq::storage

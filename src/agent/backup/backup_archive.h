// A backup as one tar archive, read from its files while it is sent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/home.h"
#include "base/result.h"
#include "http/message.h"

namespace b3iq::agent {

// A descriptor of its own: the file may be removed meanwhile.
class OpenFile {
 public:
  OpenFile(int fd, std::string name, std::uint64_t bytes)
      : fd_(fd), name_(std::move(name)), bytes_(bytes) {}
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();
  int fd() const { return fd_; }
  const std::string& name() const { return name_; }  // in the archive
  std::uint64_t bytes() const { return bytes_; }

 private:
  int fd_;
  std::string name_;
  std::uint64_t bytes_;
};

// The files of the backup, the manifest first, in a folder of its id. Blocks; any thread. Errors:
// not_found, corrupt, file_failed.
base::Result<std::vector<OpenFile>> open_archive(const Home& home, const std::string& id);

// Reads beside the loop, on a thread of its own.
std::unique_ptr<http::BodySource> stream_archive(std::vector<OpenFile> files);

}  // namespace b3iq::agent

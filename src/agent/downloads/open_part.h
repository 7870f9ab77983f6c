// The files of a part, as the kernel sees them: opened, locked, checked, and the record beside it
// replaced as a whole. Blocks on the disk; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/downloads/download_record.h"
#include "base/result.h"

namespace b3iq::agent {

// Closes what it holds.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept;
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd();
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct OpenPart {
  std::string path;  // for messages
  std::string name;  // in its folder
  OwnedFd folder;
  OwnedFd file;  // read and write; locked until it is closed
  std::int64_t bytes = 0;

  std::string record_name() const { return name + ".json"; }
};

// Makes the part when it is missing (0600, its name durable). Never follows a link at its name.
// Errors: file_failed with what stands in the way; conflict when another process or download has
// it.
base::Result<OpenPart> open_part(const std::string& path);

// Nothing when there is none that can be used.
std::optional<DownloadRecord> load_record(const OpenPart& part);
// After a crash it is the old one or the new one. Durable on return. Error: storage_failed.
base::Status save_record(const OpenPart& part, const DownloadRecord& record);
// Both files; what is missing already is well.
void remove_files(const OpenPart& part);

// Writes all of it at `offset`; errno, or 0.
int write_at(int fd, std::string_view bytes, std::int64_t offset);
// The kernel's run, or "".
std::string current_boot_id();
base::Error part_failed(std::string_view act, const std::string& path, int error);

}  // namespace b3iq::agent

// A folder for one test, removed with everything in it.
#pragma once

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace b3iq::storage {

class TemporaryFolder {
 public:
  // memory: on a file system in memory where there is one, for tests that write very often.
  enum class Where : std::uint8_t { disk, memory };
  explicit TemporaryFolder(Where where = Where::disk) {
    auto base = std::filesystem::temp_directory_path();
    if (where == Where::memory && std::filesystem::is_directory("/dev/shm")) base = "/dev/shm";
    std::string pattern = (base / "b3iq-storage-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string();
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace b3iq::storage

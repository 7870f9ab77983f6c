// Where the bytes of a GGUF come from. Private to this module.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace b3iq::gguf {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // Fills `out` from `offset` on; all of it lies within size(). Error: file_failed.
  virtual base::Status read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(base::ByteView bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  base::Status read_at(std::uint64_t offset, std::span<std::uint8_t> out) override;

 private:
  base::ByteView bytes_;
};

class FileSource final : public ByteSource {
 public:
  // A regular file only. Errors: file_failed.
  static base::Result<FileSource> open(const std::string& path);
  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&&) = delete;
  ~FileSource() override;
  std::uint64_t size() const override { return size_; }
  base::Status read_at(std::uint64_t offset, std::span<std::uint8_t> out) override;

 private:
  FileSource(int fd, std::uint64_t size, std::string path);
  int fd_;
  std::uint64_t size_;
  std::string path_;
};

}  // namespace b3iq::gguf

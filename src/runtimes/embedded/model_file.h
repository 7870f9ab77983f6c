// What a model's file says of it before any worker has loaded it. Read once, and again when the
// file is another one.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "gguf/gguf.h"

namespace b3iq::runtimes {

class ModelFile {
 public:
  explicit ModelFile(std::string path) : path_(std::move(path)) {}

  struct Facts {
    std::int64_t changed_s = 0;  // Unix seconds; 0: there is no file
    std::int64_t size_bytes = 0;
    gguf::ModelKind kind = gguf::ModelKind::text;  // also when the file cannot be read
    std::uint32_t trained_context = 0;             // 0: unknown
    std::uint32_t vocabulary = 0;
    bool in_pieces = false;  // as embedding_context wants it
  };
  // Reads the file's head when it has changed: some milliseconds then.
  const Facts& look();

 private:
  void read(const struct stat& file);

  std::string path_;
  struct stat seen_{};
  Facts facts_;
};

}  // namespace b3iq::runtimes

// Reused memory blocks of one loop. Connections hold a block only while it carries bytes, so
// thousands of idle ones cost none, and the block in use is the one that is still in the
// processor's cache (last in, first out).
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace b3iq::http {

class BlockPool {
 public:
  BlockPool(std::size_t block_bytes, std::size_t max_kept) : bytes_(block_bytes), kept_(max_kept) {
    free_.reserve(max_kept);
  }
  std::size_t block_bytes() const { return bytes_; }

  // A block of block_bytes(). Throws bad_alloc.
  std::unique_ptr<char[]> take() {
    if (free_.empty()) return std::unique_ptr<char[]>(new char[bytes_]);
    auto block = std::move(free_.back());
    free_.pop_back();
    return block;
  }
  void give(std::unique_ptr<char[]> block) {
    if (free_.size() < kept_) free_.push_back(std::move(block));
  }

 private:
  std::size_t bytes_;
  std::size_t kept_;
  std::vector<std::unique_ptr<char[]>> free_;
};

}  // namespace b3iq::http

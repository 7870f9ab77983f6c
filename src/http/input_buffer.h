// Bytes that came from a peer and are not used up yet. Empty, it holds no memory.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "http/block_pool.h"

namespace b3iq::http {

class InputBuffer {
 public:
  explicit InputBuffer(BlockPool& pool) : pool_(&pool) {}
  InputBuffer(InputBuffer&& other) noexcept
      : pool_(other.pool_),
        data_(std::move(other.data_)),
        capacity_(std::exchange(other.capacity_, 0)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)) {}
  InputBuffer& operator=(InputBuffer&& other) noexcept {
    if (this != &other) {
      release();
      pool_ = other.pool_;
      data_ = std::move(other.data_);
      capacity_ = std::exchange(other.capacity_, 0);
      begin_ = std::exchange(other.begin_, 0);
      end_ = std::exchange(other.end_, 0);
    }
    return *this;
  }
  ~InputBuffer() { release(); }

  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  char* data() { return data_.get() + begin_; }
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  std::span<char> room() { return {data_.get() + end_, capacity_ - end_}; }
  std::size_t capacity() const { return capacity_; }

  void filled(std::size_t bytes) { end_ += bytes; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  // Forgets the bytes after the first `bytes` ones.
  void truncate(std::size_t bytes) { end_ = begin_ + bytes; }

  // Makes room() at least one byte long: takes a block, moves the bytes to its front, or doubles.
  // Views die. Throws.
  void make_room() {
    if (!data_) {
      data_ = pool_->take();
      capacity_ = pool_->block_bytes();
    } else if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_) reserve(capacity_ * 2);
  }
  // Makes the whole capacity at least `bytes`. Views die. Throws.
  void reserve(std::size_t bytes) {
    if (bytes <= capacity_) return;
    std::unique_ptr<char[]> bigger(new char[bytes]);
    const std::size_t held = size();
    if (held > 0) std::memcpy(bigger.get(), data_.get() + begin_, held);
    release();
    data_ = std::move(bigger);
    capacity_ = bytes;
    end_ = held;
  }
  // Gives the memory back and forgets the bytes.
  void release() {
    if (data_ && capacity_ == pool_->block_bytes()) {
      pool_->give(std::move(data_));
    } else {
      data_.reset();
    }
    capacity_ = begin_ = end_ = 0;
  }

 private:
  BlockPool* pool_;
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace b3iq::http

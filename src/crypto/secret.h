// Types that hold secrets: wiped when they go, moved and never copied by accident, without a
// printer and without ==. Compare with base::equal_constant_time on reveal(), and only there.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/random.h"

namespace b3iq::crypto {

// Overwrites `size` bytes in a way that the compiler does not remove.
void wipe(void* memory, std::size_t size);

// A secret of fixed length, such as a key.
template <std::size_t N>
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::span<const std::uint8_t, N> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_.data(), N); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_.data(), N);
    }
    return *this;
  }
  ~SecretBytes() { wipe(bytes_.data(), N); }

  static SecretBytes random(base::Random& random) {
    SecretBytes secret;
    random.fill(secret.bytes_);
    return secret;
  }
  SecretBytes clone() const { return SecretBytes(reveal()); }

  std::span<const std::uint8_t, N> reveal() const { return bytes_; }
  std::span<std::uint8_t, N> writable() { return bytes_; }

  friend bool operator==(const SecretBytes&, const SecretBytes&) = delete;
  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;

 private:
  std::array<std::uint8_t, N> bytes_{};
};

// A secret of any length, such as a token or the content of a key file.
class Secret {
 public:
  Secret() = default;
  explicit Secret(base::ByteView bytes);
  explicit Secret(std::string_view text) : Secret(base::as_bytes(text)) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { clear(); }

  // `size` zero bytes to be filled through writable().
  static Secret of_size(std::size_t size);
  // The same with anything in it, for who writes all of it.
  static Secret for_overwrite(std::size_t size);
  Secret clone() const { return Secret(reveal()); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  base::ByteView reveal() const { return {bytes_.get(), size_}; }
  std::string_view reveal_text() const { return base::as_text(reveal()); }
  std::span<std::uint8_t> writable() { return {bytes_.get(), size_}; }
  void clear();

  friend bool operator==(const Secret&, const Secret&) = delete;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace b3iq::crypto

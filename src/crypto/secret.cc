#include "crypto/secret.h"

#include <sodium/utils.h>

namespace b3iq::crypto {

void wipe(void* memory, std::size_t size) { sodium_memzero(memory, size); }

Secret::Secret(base::ByteView bytes) : Secret(for_overwrite(bytes.size())) {
  std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

Secret Secret::of_size(std::size_t size) {
  Secret secret;
  secret.bytes_ = std::make_unique<std::uint8_t[]>(size);
  secret.size_ = size;
  return secret;
}

Secret Secret::for_overwrite(std::size_t size) {
  Secret secret;
  secret.bytes_ = std::make_unique_for_overwrite<std::uint8_t[]>(size);
  secret.size_ = size;
  return secret;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void Secret::clear() {
  if (bytes_) wipe(bytes_.get(), size_);
  bytes_.reset();
  size_ = 0;
}

}  // namespace b3iq::crypto

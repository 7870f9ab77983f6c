// SHA-256 (FIPS 180-4). One-shot and incremental, without allocation. Any thread; one Sha256 on one
// thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace b3iq::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest sha256(base::ByteView bytes);
inline Sha256Digest sha256(std::string_view text) { return sha256(base::as_bytes(text)); }

class Sha256 {
 public:
  Sha256();
  void update(base::ByteView bytes);
  void update(std::string_view text) { update(base::as_bytes(text)); }
  // Ends this computation and starts a new one.
  Sha256Digest finish();

 private:
  alignas(8) std::array<std::byte, 112> state_;
};

}  // namespace b3iq::crypto

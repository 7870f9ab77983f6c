#include "crypto/x25519_agreement.h"

#include <sodium/crypto_scalarmult_curve25519.h>

#include <algorithm>
#include <array>

#include "crypto/sodium_start.h"

namespace b3iq::crypto {
namespace {

using Coordinate = std::array<std::uint8_t, 32>;  // little-endian

// The u-coordinates of the points whose order divides 8, on the curve and on its twist, in their
// canonical spelling: 0, 1, the two of order 8, and p-1 (RFC 7748 section 7; "Curve25519", D. J.
// Bernstein).
constexpr std::array<Coordinate, 5> kLowOrder = {{
    {},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
     0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
     0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
     0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
     0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

// Below p = 2^255-19.
bool is_canonical(const Coordinate& u) {
  if (u[31] != 0x7f) return u[31] < 0x7f;
  const bool rest_is_high =
      std::all_of(u.begin() + 1, u.end() - 1, [](std::uint8_t byte) { return byte == 0xff; });
  return !rest_is_high || u[0] < 0xed;
}

bool is_zero(std::span<const std::uint8_t, 32> secret) {
  unsigned any = 0;
  for (const std::uint8_t byte : secret) any |= byte;
  return any == 0;
}

}  // namespace

bool x25519_usable(const X25519PublicKey& key) {
  return is_canonical(key.bytes) &&
         std::find(kLowOrder.begin(), kLowOrder.end(), key.bytes) == kLowOrder.end();
}

std::optional<SecretBytes<32>> x25519_agree(const X25519SecretKey& ours,
                                            const X25519PublicKey& theirs) {
  start_sodium();
  if (!x25519_usable(theirs)) return std::nullopt;
  SecretBytes<32> shared;
  // libsodium refuses low order by itself; the second check needs no trust in that.
  if (crypto_scalarmult_curve25519(shared.writable().data(), ours.reveal().data(),
                                   theirs.bytes.data()) != 0 ||
      is_zero(shared.reveal()))
    return std::nullopt;
  return shared;
}

}  // namespace b3iq::crypto

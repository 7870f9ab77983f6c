// HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869).
#pragma once

#include <span>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace b3iq::crypto {

// HMAC over the concatenation of `parts`.
Sha256Digest hmac_sha256(base::ByteView key, std::initializer_list<base::ByteView> parts);

SecretBytes<32> hkdf_extract(base::ByteView salt, base::ByteView input_key);

// Fills `out`. At most kHkdfMaxOutput bytes; more is a bug.
inline constexpr std::size_t kHkdfMaxOutput = 255 * 32;
void hkdf_expand(const SecretBytes<32>& key, base::ByteView info, std::span<std::uint8_t> out);

}  // namespace b3iq::crypto

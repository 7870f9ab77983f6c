// X25519 key agreement (RFC 7748) with one strict rule: a public key in its one canonical spelling,
// not of low order, and no shared secret of zeros. libsodium's ladder: constant time in both
// secrets. Any thread.
#pragma once

#include <optional>

#include "crypto/secret.h"
#include "crypto/x25519.h"

namespace b3iq::crypto {

// Whether anything may be agreed with the holder of `key`: below 2^255-19, without the 256th bit,
// and none of the five points of low order. A public key is no secret: not constant time.
bool x25519_usable(const X25519PublicKey& key);

// nullopt: `theirs` is not usable. The result is not uniform: derive keys of it.
std::optional<SecretBytes<32>> x25519_agree(const X25519SecretKey& ours,
                                            const X25519PublicKey& theirs);

}  // namespace b3iq::crypto

// Password hashes: Argon2id in the standard text form ($argon2id$v=19$m=...). One call takes about
// 80 ms and 64 MiB: run it on a worker thread, few at a time, never on an event loop.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::crypto {

inline constexpr std::size_t kMinPasswordBytes = 8;
inline constexpr std::size_t kMaxPasswordBytes = 1024;
inline constexpr unsigned long long kPasswordPasses = 2;
inline constexpr std::size_t kPasswordMemoryBytes = 64 * 1024 * 1024;

// Errors: invalid_request for a password of the wrong length; overloaded when the memory cannot be
// had.
base::Result<std::string> hash_password(const Secret& password);

// False also for a damaged hash and for a password of the wrong length.
bool verify_password(std::string_view hash, const Secret& password);

// True when `hash` was made with other parameters than today's: hash again after the next
// successful login.
bool password_hash_outdated(std::string_view hash);

}  // namespace b3iq::crypto

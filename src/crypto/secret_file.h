// Private keys and tokens in files: mode 0600, in a directory of mode 0700, replaced as a whole or
// not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::crypto {

inline constexpr std::size_t kMaxSecretFileBytes = 64 * 1024;

enum class IfExists : std::uint8_t { replace, fail };

// Writes `bytes` to `path` so that after a crash the file is the old one or the new one, and
// durable on return. Makes the directory (0700) when it is missing, one level. Errors: conflict
// when the file exists and `if_exists` is fail; file_failed with the path, the cause and what to do
// (for a directory open to others: chmod 700).
base::Status write_secret_file(const std::string& path, base::ByteView bytes,
                               IfExists if_exists = IfExists::replace);

// Errors: not_found when there is no such file; file_failed when others can read or write it
// (naming chmod 600), when it is no plain file or is larger than kMaxSecretFileBytes.
base::Result<Secret> read_secret_file(const std::string& path);

}  // namespace b3iq::crypto

// Keys of 32 bytes in files: one line of text, a label that says what the key is, and the bytes in
// base64url (crypto/secret_file.h: mode 0600, durable).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::protocol {

inline constexpr std::size_t kKeyFileKeyBytes = 32;

// `label` ends with a space. Errors: conflict when the file is there already; file_failed.
base::Status write_key_file(const std::string& path, std::string_view label,
                            std::span<const std::uint8_t, kKeyFileKeyBytes> key);
// Errors: not_found, file_failed (open to others); corrupt with `not_one` behind the path: "is not
// a node key. Restore it …".
base::Result<crypto::SecretBytes<kKeyFileKeyBytes>> read_key_file(const std::string& path,
                                                                  std::string_view label,
                                                                  std::string_view not_one);

}  // namespace b3iq::protocol

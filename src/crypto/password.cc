#include "crypto/password.h"

#include <sodium/crypto_pwhash.h>

#include <array>

#include "crypto/sodium_start.h"

namespace b3iq::crypto {

base::Result<std::string> hash_password(const Secret& password) {
  start_sodium();
  const std::string_view text = password.reveal_text();
  if (text.size() < kMinPasswordBytes || text.size() > kMaxPasswordBytes) {
    return base::Error(base::ErrorCode::invalid_request,
                       "A password has " + std::to_string(kMinPasswordBytes) + " to " +
                           std::to_string(kMaxPasswordBytes) + " bytes. Choose another one.",
                       "password");
  }
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str_alg(hash.data(), text.data(), text.size(), kPasswordPasses,
                            kPasswordMemoryBytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return base::Error(base::ErrorCode::overloaded,
                       "There is not enough memory to hash the password. Try again later.");
  }
  return std::string(hash.data());
}

bool verify_password(std::string_view hash, const Secret& password) {
  start_sodium();
  const std::string_view text = password.reveal_text();
  if (text.size() < kMinPasswordBytes || text.size() > kMaxPasswordBytes) return false;
  if (!hash.starts_with(crypto_pwhash_STRPREFIX)) return false;
  return crypto_pwhash_str_verify(std::string(hash).c_str(), text.data(), text.size()) == 0;
}

bool password_hash_outdated(std::string_view hash) {
  start_sodium();
  return crypto_pwhash_str_needs_rehash(std::string(hash).c_str(), kPasswordPasses,
                                        kPasswordMemoryBytes) != 0;
}

}  // namespace b3iq::crypto

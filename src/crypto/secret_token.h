// Bearer secrets: a prefix that names the kind, 43 base62 characters of randomness (256 bits) and 6
// base62 characters of CRC-32 over all that stands before them, so that scanners recognise a leak
// and junk is refused before any look-up.
//
//   token    = prefix random checksum
//   random   = 43 base62
//   checksum = 6 base62, most significant first, padded with "0"
//   base62   = "0".."9" "A".."Z" "a".."z"
//
// Shown once; stored and looked up as hash_secret().
#pragma once

#include <string_view>

#include "base/random.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace b3iq::crypto {

inline constexpr std::string_view kSetupTokenPrefix = "b3iq_setup_";
inline constexpr std::string_view kInvitationPrefix = "b3iq_invite_";
inline constexpr std::string_view kLocalKeyPrefix = "b3iq_local_";
inline constexpr std::string_view kSupportTokenPrefix = "b3iq_support_";
inline constexpr std::string_view kEnrollTokenPrefix = "b3iq_enroll_";
inline constexpr std::string_view kGatewayKeyPrefix = "b3iq_gateway_";
inline constexpr std::string_view kCustomerKeyPrefix = "b3iq_customer_";
inline constexpr std::string_view kAdminTokenPrefix = "b3iq_admin_";

inline constexpr std::size_t kSecretTokenRandomChars = 43;
inline constexpr std::size_t kSecretTokenChecksumChars = 6;

Secret make_secret_token(std::string_view prefix, base::Random& random);

// True when `text` has the form of a token with this prefix and its checksum fits. Says nothing
// about its being known. The time may depend on the text: the form is no secret.
bool check_secret_token(std::string_view prefix, std::string_view text);

// What is stored and looked up.
Sha256Digest hash_secret(std::string_view text);

}  // namespace b3iq::crypto

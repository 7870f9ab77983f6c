// Receipts, `b3iq-receipt-v1`: signed evidence of one completed call (docs/protocol, section 4).
//
//   document     = JCS of the members below (a document of integers and strings)
//   signed bytes = "b3iq-receipt-v1" 0x00 document
//   receipt hash = SHA-256(signed bytes), written "0x" hex
//   commitment   = SHA-256("b3iq-content-v1" 0x00 salt(32) SHA-256(request body) SHA-256(response
//   bytes))
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "json/json.h"
#include "protocol/identity.h"
#include "protocol/ids.h"

namespace b3iq::protocol {

inline constexpr std::string_view kReceiptType = "b3iq-receipt-v1";
inline constexpr std::int64_t kMaxReceiptTokens = (std::int64_t{1} << 53) - 1;
inline constexpr std::size_t kMaxReceiptModelBytes = 256;
inline constexpr std::size_t kMaxReceiptNameBytes = 64;  // runtime_kind, policy_version
inline constexpr std::size_t kMaxReceiptBytes = 4096;    // of its JSON

enum class DispatchMode : std::uint8_t { local, pooled_sync, private_job };
enum class PrivacyClass : std::uint8_t { none, private_transport };
enum class ReceiptFinish : std::uint8_t {
  stop,
  length,
  tool_calls,
  content_filter,
  cancelled,
  error
};

std::string_view wire_name(DispatchMode mode);
std::string_view wire_name(PrivacyClass privacy);
std::string_view wire_name(ReceiptFinish finish);
std::optional<ReceiptFinish> receipt_finish_from_name(std::string_view name);

struct ReceiptUsage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  // Wraps instead of overflowing, so that unchecked counts of a hostile runtime are no undefined
  // behaviour.
  std::int64_t total_tokens() const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(prompt_tokens) +
                                     static_cast<std::uint64_t>(completion_tokens));
  }
};

struct Receipt {
  NodeId node_id;
  JobId job_id;
  std::string model_id;
  std::string model_profile_id;
  std::string runtime_kind;
  DispatchMode dispatch_mode = DispatchMode::local;
  PrivacyClass privacy_class = PrivacyClass::none;
  ReceiptUsage usage;
  std::optional<std::string> policy_version;
  std::int64_t started_at_ms = 0;
  std::int64_t completed_at_ms = 0;
  ReceiptFinish finish = ReceiptFinish::stop;
  crypto::Sha256Digest content_commitment{};
  std::optional<crypto::Sha256Digest> tee_attestation_hash;
};

struct EncodedReceipt {
  std::string document;       // canonical, without the signature
  crypto::Sha256Digest hash;  // the receipt hash
};

struct SignedReceipt {
  Receipt receipt;
  crypto::Ed25519Signature signature;
};

// Whether a receipt can name a model so: not empty, at most kMaxReceiptModelBytes of UTF-8, no
// control characters.
bool valid_model_name(std::string_view name);

// Whether the values can stand in a receipt. Errors: invalid_request naming the member.
base::Status check_receipt(const Receipt& receipt);

// Fast: no tree, one allocation. `receipt` passes check_receipt, or the result cannot be read back.
EncodedReceipt encode_receipt(const Receipt& receipt);

std::string receipt_hash_text(const crypto::Sha256Digest& hash);
// nullopt for anything but 0x and 64 lower-case digits.
std::optional<crypto::Sha256Digest> parse_receipt_hash(std::string_view text);

// The receipt hash of an encoded document.
crypto::Sha256Digest receipt_hash_of(std::string_view document);

crypto::Ed25519Signature sign_receipt(std::string_view document, const NodeIdentity& identity);
// The canonical signed JSON of a document that encode_receipt made.
std::string with_signature(std::string_view document, const crypto::Ed25519Signature& signature);
inline std::string sign_encoded_receipt(std::string_view document, const NodeIdentity& identity) {
  return with_signature(document, sign_receipt(document, identity));
}

// Strict: every member present, no other, each in its one spelling. Errors: invalid_request naming
// the member.
base::Result<SignedReceipt> decode_receipt(json::Value value);

// Errors: invalid_signature when `key` is not the node's or did not sign this.
base::Status verify_receipt(const SignedReceipt& receipt, const crypto::Ed25519PublicKey& key);

crypto::Sha256Digest content_commitment(std::span<const std::uint8_t, 32> salt,
                                        const crypto::Sha256Digest& request,
                                        const crypto::Sha256Digest& response);

}  // namespace b3iq::protocol

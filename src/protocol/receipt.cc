#include "protocol/receipt.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "protocol/receipt_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kSignedPrefix("b3iq-receipt-v1\0", 16);
constexpr std::string_view kContentPrefix("b3iq-content-v1\0", 16);
constexpr std::size_t kUsualBytes = 768;

// Where JCS puts signature_ed25519. Inside a string the quotes would be escaped, so this finds the
// member alone.
constexpr std::string_view kAfterSignature = ",\"started_at\":";

}  // namespace

std::string_view wire_name(DispatchMode mode) { return name_of_value(kDispatchModeNames, mode); }
std::string_view wire_name(PrivacyClass privacy) {
  return name_of_value(kPrivacyClassNames, privacy);
}
std::string_view wire_name(ReceiptFinish finish) {
  return name_of_value(kReceiptFinishNames, finish);
}

std::optional<ReceiptFinish> receipt_finish_from_name(std::string_view name) {
  return value_of_name<ReceiptFinish>(kReceiptFinishNames, name);
}

// The members stand in the order of RFC 8785.
EncodedReceipt encode_receipt(const Receipt& receipt) {
  EncodedReceipt encoded;
  std::string& out = encoded.document;
  out.reserve(kUsualBytes);
  json::Writer w(out);
  w.begin_object();
  w.member("completed_at", std::string_view(base::rfc3339(receipt.completed_at_ms)));
  w.member("content_commitment", base::to_base64url(receipt.content_commitment));
  w.member("dispatch_mode", wire_name(receipt.dispatch_mode));
  w.member("finish", wire_name(receipt.finish));
  w.member("job_id", receipt.job_id.text());
  w.member("model_id", receipt.model_id);
  w.member("model_profile_id", receipt.model_profile_id);
  w.member("node_id", receipt.node_id.text());
  w.key("policy_version");
  if (receipt.policy_version) {
    w.value(*receipt.policy_version);
  } else {
    w.null();
  }
  w.member("privacy_class", wire_name(receipt.privacy_class));
  w.member("runtime_kind", receipt.runtime_kind);
  w.member("started_at", std::string_view(base::rfc3339(receipt.started_at_ms)));
  if (receipt.tee_attestation_hash) {
    w.member("tee_attestation_hash", base::to_base64url(*receipt.tee_attestation_hash));
  }
  w.member("type", kReceiptType);
  w.key("usage");
  w.begin_object();
  w.member("completion_tokens", receipt.usage.completion_tokens);
  w.member("prompt_tokens", receipt.usage.prompt_tokens);
  w.member("total_tokens", receipt.usage.total_tokens());
  w.end_object();
  w.end_object();
  encoded.hash = receipt_hash_of(out);
  return encoded;
}

crypto::Sha256Digest receipt_hash_of(std::string_view document) {
  crypto::Sha256 hash;
  hash.update(kSignedPrefix);
  hash.update(document);
  return hash.finish();
}

std::string receipt_hash_text(const crypto::Sha256Digest& hash) {
  std::string text;
  text.reserve(2 + 2 * hash.size());
  text.append("0x");
  base::append_hex(text, hash);
  return text;
}

std::optional<crypto::Sha256Digest> parse_receipt_hash(std::string_view text) {
  crypto::Sha256Digest hash;
  if (!text.starts_with("0x")) return std::nullopt;
  const auto bytes = base::from_hex(text.substr(2));
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

crypto::Ed25519Signature sign_receipt(std::string_view document, const NodeIdentity& identity) {
  std::string bytes;
  bytes.reserve(kSignedPrefix.size() + document.size());
  bytes.append(kSignedPrefix).append(document);
  return identity.sign(base::as_bytes(bytes));
}

std::string with_signature(std::string_view document, const crypto::Ed25519Signature& signature) {
  const auto at = document.find(kAfterSignature);
  std::string out;
  if (at == std::string_view::npos) return out;
  out.reserve(document.size() + 120);
  out.append(document.substr(0, at));
  out.append(",\"signature_ed25519\":\"")
      .append(base::to_base64url(signature.bytes))
      .push_back('"');
  out.append(document.substr(at));
  return out;
}

base::Status verify_receipt(const SignedReceipt& receipt, const crypto::Ed25519PublicKey& key) {
  if (node_id_of(key) != receipt.receipt.node_id) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The receipt names another node than the one this key belongs to.",
                       "node_id");
  }
  std::string bytes(kSignedPrefix);
  bytes += encode_receipt(receipt.receipt).document;
  if (!crypto::ed25519_verify(key, base::as_bytes(bytes), receipt.signature)) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The receipt's signature does not verify.", "signature_ed25519");
  }
  return {};
}

crypto::Sha256Digest content_commitment(std::span<const std::uint8_t, 32> salt,
                                        const crypto::Sha256Digest& request,
                                        const crypto::Sha256Digest& response) {
  crypto::Sha256 hash;
  hash.update(kContentPrefix);
  hash.update(salt);
  hash.update(request);
  hash.update(response);
  return hash.finish();
}

}  // namespace b3iq::protocol

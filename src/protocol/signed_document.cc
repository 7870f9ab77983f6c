#include "protocol/signed_document.h"

#include "base/bytes.h"

namespace b3iq::protocol {
namespace {

base::Error not_signed_right() {
  return base::Error(base::ErrorCode::invalid_signature,
                     "The document's signature_ed25519 does not verify. Sign the type, a zero byte "
                     "and the canonical "
                     "(RFC 8785) document without the signature.",
                     std::string(kSignatureMember));
}

// `signer`: what has sign().
template <class Signer>
base::Result<std::string> sign_with(std::string_view type, json::Value document,
                                    const Signer& signer) {
  TRY(const std::string bytes, signed_bytes(type, document));
  const std::string signature = base::to_base64url(signer.sign(base::as_bytes(bytes)).bytes);
  // Put the member at the end of the object, then let the canonical writer bring it to its place.
  std::string text = bytes.substr(type.size() + 1);
  text.pop_back();
  text.append(",\"").append(kSignatureMember).append("\":\"").append(signature).append("\"}");
  TRY(const auto with_signature, json::Document::parse(text));
  return json::canonical(with_signature.root());
}

}  // namespace

base::Result<std::string> signed_bytes(std::string_view type, json::Value document) {
  if (!document.is_object()) {
    return base::Error(base::ErrorCode::invalid_request, "A signed document is a JSON object.");
  }
  if (document.find("type").string() != type) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The document's type must be " + std::string(type) + ".", "type");
  }
  TRY(const std::string canonical, json::canonical_without(document, kSignatureMember));
  std::string bytes;
  bytes.reserve(type.size() + 1 + canonical.size());
  bytes.append(type).push_back('\0');
  bytes.append(canonical);
  return bytes;
}

base::Result<std::string> sign_document(std::string_view type, json::Value document,
                                        const crypto::Ed25519SecretKey& key) {
  return sign_with(type, document, key);
}

base::Result<std::string> sign_document(std::string_view type, json::Value document,
                                        const NodeIdentity& identity) {
  return sign_with(type, document, identity);
}

base::Status verify_document(std::string_view type, json::Value document,
                             const crypto::Ed25519PublicKey& key) {
  TRY(const std::string bytes, signed_bytes(type, document));
  const auto text = document.find(kSignatureMember).string();
  const auto raw = text ? base::from_base64url(*text) : std::nullopt;
  const auto signature = raw ? crypto::ed25519_signature(*raw) : std::nullopt;
  if (!signature || !crypto::ed25519_verify(key, base::as_bytes(bytes), *signature))
    return not_signed_right();
  return {};
}

}  // namespace b3iq::protocol

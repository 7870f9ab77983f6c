// Lasting documents (receipts, bindings, statements): JSON objects with a `type` and a
// `signature_ed25519`.
//
//   signed bytes = type 0x00 JCS(object without signature_ed25519)
//   signature    = base64url(Ed25519(signed bytes))
//
// The type is in front, so a signature over one kind of document is worthless for another.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "json/json.h"
#include "protocol/identity.h"

namespace b3iq::protocol {

inline constexpr std::string_view kSignatureMember = "signature_ed25519";
inline constexpr std::size_t kMaxDocumentBytes = 256 * 1024;

// The bytes that are signed. Errors: invalid_request when `document` is no object, its `type` is
// another, or it holds numbers that a signed document cannot hold.
base::Result<std::string> signed_bytes(std::string_view type, json::Value document);

// The canonical document with its signature (a signature it has already is replaced). Errors: as
// signed_bytes.
base::Result<std::string> sign_document(std::string_view type, json::Value document,
                                        const crypto::Ed25519SecretKey& key);

// The same by a node.
base::Result<std::string> sign_document(std::string_view type, json::Value document,
                                        const NodeIdentity& identity);

// Errors: as signed_bytes; invalid_signature when the signature is absent, ill-formed or does not
// verify.
base::Status verify_document(std::string_view type, json::Value document,
                             const crypto::Ed25519PublicKey& key);

}  // namespace b3iq::protocol

// Any JSON as a receipt: decoded or refused. What decodes is written back as the canonical form of
// what came, and is a signed document with the same bytes.
#include "protocol/receipt.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/signed_document.h"

int fuzz_receipt(const std::uint8_t* data, std::size_t size) {
  namespace json = b3iq::json;
  namespace protocol = b3iq::protocol;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto hash = protocol::parse_receipt_hash(text))
    B3_CHECK(protocol::receipt_hash_text(*hash) == text);
  auto document = json::Document::parse(text, {.max_bytes = protocol::kMaxReceiptBytes});
  if (!document.ok()) return 0;
  const auto decoded = protocol::decode_receipt(document->root());
  if (!decoded.ok()) return 0;
  const auto encoded = protocol::encode_receipt(decoded->receipt);
  B3_CHECK(json::canonical_without(document->root(), protocol::kSignatureMember).value() ==
           encoded.document);
  B3_CHECK(protocol::with_signature(encoded.document, decoded->signature) ==
           json::canonical(document->root()).value());
  const auto bytes = protocol::signed_bytes(protocol::kReceiptType, document->root());
  B3_CHECK(bytes.ok() && b3iq::crypto::sha256(*bytes) == encoded.hash);
  return 0;
}

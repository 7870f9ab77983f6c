// Any JSON as a sealed envelope: decoded or refused. What decodes is written back as what is read
// again, and is opened by nobody who did not seal it.
#include "protocol/sealed_envelope.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "crypto/x25519_agreement.h"
#include "protocol/private/request_opener.h"

int fuzz_sealed_envelope(const std::uint8_t* data, std::size_t size) {
  namespace json = b3iq::json;
  using namespace b3iq::protocol;  // NOLINT: one target
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = json::Document::parse(text);
  if (!document.ok()) return 0;
  const auto envelope = decode_sealed_envelope(document->root());
  B3_CHECK(envelope.ok() ==
           (decode_sealed_answer(document->root()).ok() &&
            decode_sealed_answer(document->root())->ciphertext.size() <= kMaxSealedRequestBytes));
  if (!envelope.ok()) {
    B3_CHECK(envelope.error().code == b3iq::base::ErrorCode::invalid_encrypted_request);
    return 0;
  }
  B3_CHECK(b3iq::crypto::x25519_usable(envelope->client_public_key));
  std::string again;
  json::Writer w(again);
  write_sealed_envelope(w, *envelope);
  const auto reread = json::Document::parse(again);
  B3_CHECK(reread.ok());
  const auto same = decode_sealed_envelope(reread->root());
  B3_CHECK(same.ok() && same->ciphertext == envelope->ciphertext &&
           same->nonce == envelope->nonce && same->key_id == envelope->key_id &&
           same->aad_hash == envelope->aad_hash &&
           same->client_public_key == envelope->client_public_key);
  const TransportKey key(
      b3iq::crypto::X25519SecretKey::from_bytes(std::array<std::uint8_t, 32>{1, 2, 3}));
  const TransportKey* const keys[] = {&key};
  SealedEnvelope to_this_key = *envelope;
  to_this_key.key_id = key.key_id();
  B3_CHECK(
      !open_request(keys, to_this_key, {ClientJobId::parse("a-job").value(), NodeId(), "a-model"})
           .ok());
  return 0;
}

#include "protocol/sealed_envelope.h"

#include "crypto/x25519_agreement.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"

namespace b3iq::protocol {
namespace {

base::Result<SealedEnvelope> read_envelope(json::Value value, std::size_t max_ciphertext_bytes) {
  TRY(auto in, MemberReader::open(value, "A sealed envelope"));
  TRY(const auto version, in.text("version"));
  if (version != kEnvelopeVersion)
    return in.refused("version", "must be " + std::string(kEnvelopeVersion));
  TRY(const auto algorithm, in.text("algorithm"));
  if (algorithm != kEnvelopeAlgorithm)
    return in.refused("algorithm", "must be " + std::string(kEnvelopeAlgorithm));
  SealedEnvelope envelope;
  TRY(envelope.key_id, in.id<TransportKeyId>("key_id"));
  TRY(envelope.client_public_key.bytes, in.bytes<32>("client_public_key_x25519"));
  if (!crypto::x25519_usable(envelope.client_public_key)) {
    return in.refused("client_public_key_x25519",
                      "is of low order or not in its canonical spelling: make a fresh key pair");
  }
  TRY(envelope.nonce, in.bytes<kEnvelopeNonceBytes>("nonce"));
  TRY(const auto text, in.text("ciphertext"));
  auto ciphertext = base::from_base64url(text);
  if (!ciphertext || ciphertext->size() < kEnvelopeTagBytes ||
      ciphertext->size() > max_ciphertext_bytes) {
    return in.refused("ciphertext", "must be 16 to " + std::to_string(max_ciphertext_bytes) +
                                        " bytes in base64url");
  }
  envelope.ciphertext = std::move(*ciphertext);
  if (in.has("aad_hash")) {
    TRY(envelope.aad_hash, in.bytes<32>("aad_hash"));
  }
  TRY_OK(in.done());
  return envelope;
}

}  // namespace

void write_sealed_envelope(json::Writer& writer, const SealedEnvelope& envelope) {
  writer.begin_object();
  writer.member("version", kEnvelopeVersion);
  writer.member("key_id", envelope.key_id.text());
  writer.member("algorithm", kEnvelopeAlgorithm);
  write_bytes(writer, "client_public_key_x25519", envelope.client_public_key.bytes);
  write_bytes(writer, "nonce", envelope.nonce);
  write_bytes(writer, "ciphertext", envelope.ciphertext);
  if (envelope.aad_hash) write_bytes(writer, "aad_hash", *envelope.aad_hash);
  writer.end_object();
}

base::Result<SealedEnvelope> decode_sealed_envelope(json::Value value,
                                                    std::size_t max_ciphertext_bytes) {
  auto envelope = read_envelope(value, max_ciphertext_bytes);
  if (envelope.ok()) return envelope;
  const base::Error& error = envelope.error();
  return base::Error(base::ErrorCode::invalid_encrypted_request, error.detail, error.param);
}

base::Result<SealedEnvelope> decode_sealed_answer(json::Value value) {
  return read_envelope(value, kMaxSealedAnswerBytes);
}

}  // namespace b3iq::protocol

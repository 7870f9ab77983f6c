#include "protocol/private/sealed_chunk.h"

#include <algorithm>

#include "json/json.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"

namespace b3iq::protocol {
namespace {

constexpr std::size_t kMaxCiphertextBytes = kMaxChunkPlaintextBytes + crypto::kAeadTagBytes;
constexpr std::size_t kFrameMemberBytes = 64;  // names, nonce and marks
static_assert(kFrameMemberBytes + (kMaxCiphertextBytes * 4 + 2) / 3 <= kMaxChunkFrameBytes);
constexpr std::size_t kNumberAt = kChunkPrefixBytes;
constexpr std::size_t kLastAt = kNumberAt + 4;
static_assert(kLastAt + 1 == crypto::kAeadNonceBytes);

}  // namespace

crypto::AeadNonce nonce_of(const SealedChunk& chunk) {
  crypto::AeadNonce nonce{};
  std::copy(chunk.prefix.begin(), chunk.prefix.end(), nonce.begin());
  for (std::size_t i = 0; i < 4; ++i)
    nonce[kNumberAt + i] = static_cast<std::uint8_t>(chunk.number >> (24 - 8 * i));
  nonce[kLastAt] = chunk.is_last ? 1 : 0;
  return nonce;
}

std::string encode_sealed_chunk(const SealedChunk& chunk) {
  std::string out;
  out.reserve(kFrameMemberBytes + (chunk.ciphertext.size() * 4 + 2) / 3);
  json::Writer w(out);
  w.begin_object();
  write_bytes(w, "nonce", nonce_of(chunk));
  write_bytes(w, "ciphertext", chunk.ciphertext);
  w.end_object();
  return out;
}

base::Result<SealedChunk> decode_sealed_chunk(std::string_view frame) {
  TRY(const auto document,
      json::Document::parse(frame, {.max_bytes = kMaxChunkFrameBytes, .max_depth = 1}));
  TRY(auto in, MemberReader::open(document.root(), "A sealed chunk"));
  SealedChunk chunk;
  TRY(const auto nonce, in.bytes<crypto::kAeadNonceBytes>("nonce"));
  std::copy_n(nonce.begin(), kChunkPrefixBytes, chunk.prefix.begin());
  for (std::size_t i = 0; i < 4; ++i) chunk.number = chunk.number << 8 | nonce[kNumberAt + i];
  if (chunk.number >= kMaxStreamChunks) return in.refused("nonce", "has a number that is too high");
  if (nonce[kLastAt] > 1) return in.refused("nonce", "ends with another byte than 0 or 1");
  chunk.is_last = nonce[kLastAt] == 1;
  TRY(const auto text, in.text("ciphertext"));
  auto ciphertext = base::from_base64url(text);
  if (!ciphertext || ciphertext->size() < kChunkLengthBytes + crypto::kAeadTagBytes ||
      ciphertext->size() > kMaxCiphertextBytes) {
    return in.refused("ciphertext", "must be 20 to " + std::to_string(kMaxCiphertextBytes) +
                                        " bytes in base64url");
  }
  chunk.ciphertext = std::move(*ciphertext);
  TRY_OK(in.done());
  return chunk;
}

}  // namespace b3iq::protocol

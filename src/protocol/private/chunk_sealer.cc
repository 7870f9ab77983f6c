#include "protocol/private/chunk_sealer.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "protocol/private/job_secret.h"

namespace b3iq::protocol {
namespace {

constexpr std::size_t kMinBlockBytes = 16;

std::size_t padded_length(std::size_t size, ChunkPadding padding) {
  if (padding.block_bytes == 0) return size;
  return (size + padding.block_bytes - 1) / padding.block_bytes * padding.block_bytes;
}

base::Error too_large(std::string_view what) {
  return base::Error(base::ErrorCode::payload_too_large,
                     "A sealed stream may have " + std::string(what) + ". End it here.");
}

}  // namespace

bool valid_chunk_padding(ChunkPadding padding) {
  return padding.block_bytes == 0 ||
         (std::has_single_bit(padding.block_bytes) && padding.block_bytes >= kMinBlockBytes &&
          padding.block_bytes <= kMaxChunkPlaintextBytes);
}

ChunkSealer::ChunkSealer(const crypto::SecretBytes<32>& key, const ClientJobId& job_id,
                         ChunkPadding padding, base::Random& random)
    : aead_(key), aad_(additional_data(SealedPart::response_stream, job_id)), padding_(padding) {
  B3_CHECK(valid_chunk_padding(padding));
  random.fill(prefix_);
}

base::Result<SealedChunk> ChunkSealer::seal(base::ByteView data, ChunkPlace place) {
  B3_CHECK(!ended_);
  if (data.size() > kMaxChunkDataBytes)
    return too_large(std::to_string(kMaxChunkDataBytes) + " bytes in one piece");
  if (sealed_bytes_ + data.size() > kMaxStreamDataBytes)
    return too_large(std::to_string(kMaxStreamDataBytes) + " bytes in all");
  // The last number is kept for the last chunk.
  if (place == ChunkPlace::more && next_ + 1 == kMaxStreamChunks)
    return too_large(std::to_string(kMaxStreamChunks) + " pieces");
  SealedChunk chunk;
  chunk.prefix = prefix_;
  chunk.number = next_++;
  chunk.is_last = ended_ = place == ChunkPlace::last;
  sealed_bytes_ += data.size();
  const std::size_t size = padded_length(kChunkLengthBytes + data.size(), padding_);
  base::Bytes& text = chunk.ciphertext;
  text.reserve(size + crypto::kAeadTagBytes);
  for (int shift = 24; shift >= 0; shift -= 8)
    text.push_back(static_cast<std::uint8_t>(data.size() >> shift));
  text.insert(text.end(), data.begin(), data.end());
  text.resize(size + crypto::kAeadTagBytes);
  aead_.seal(nonce_of(chunk), base::as_bytes(aad_), base::ByteView(text).first(size), text);
  return chunk;
}

}  // namespace b3iq::protocol

#include "protocol/private/chunk_opener.h"

#include <algorithm>

#include "protocol/private/job_secret.h"

namespace b3iq::protocol {
namespace {

base::Error cannot_open() {
  return base::Error(base::ErrorCode::corrupt,
                     "The sealed stream cannot be opened any further: a piece was changed, lost, "
                     "doubled or put in another place. Trust nothing behind this; fetch the job's "
                     "sealed answer.");
}

// nullopt: not of the one form.
std::optional<base::ByteView> data_of(base::ByteView plaintext) {
  if (plaintext.size() < kChunkLengthBytes) return std::nullopt;
  std::size_t length = 0;
  for (const std::uint8_t byte : plaintext.first(kChunkLengthBytes)) length = length << 8 | byte;
  const base::ByteView rest = plaintext.subspan(kChunkLengthBytes);
  if (length > rest.size()) return std::nullopt;
  const base::ByteView padding = rest.subspan(length);
  if (std::ranges::any_of(padding, [](std::uint8_t byte) { return byte != 0; }))
    return std::nullopt;
  return rest.first(length);
}

}  // namespace

ChunkOpener::ChunkOpener(const crypto::SecretBytes<32>& key, const ClientJobId& job_id)
    : aead_(key), aad_(additional_data(SealedPart::response_stream, job_id)) {}

base::Result<base::ByteView> ChunkOpener::open(const SealedChunk& chunk) {
  const auto data = is_next(chunk) ? opened(chunk) : std::nullopt;
  if (!data) {
    state_ = State::failed;
    plaintext_.clear();
    return cannot_open();
  }
  prefix_ = chunk.prefix;
  ++next_;
  opened_bytes_ += data->size();
  if (chunk.is_last) state_ = State::ended;
  return *data;
}

base::Status ChunkOpener::finish() const {
  if (ended()) return {};
  return base::Error(
      base::ErrorCode::corrupt,
      "The sealed stream ended before its last piece: what was read is not the whole "
      "answer. Fetch the job's sealed answer.");
}

bool ChunkOpener::is_next(const SealedChunk& chunk) const {
  return state_ == State::open && chunk.number == next_ && next_ < kMaxStreamChunks &&
         (!prefix_ || *prefix_ == chunk.prefix);
}

std::optional<base::ByteView> ChunkOpener::opened(const SealedChunk& chunk) {
  const std::size_t size = chunk.ciphertext.size();
  if (size < crypto::kAeadTagBytes || size > kMaxChunkPlaintextBytes + crypto::kAeadTagBytes)
    return std::nullopt;
  plaintext_ = crypto::Secret::of_size(size - crypto::kAeadTagBytes);
  if (!aead_.open(nonce_of(chunk), base::as_bytes(aad_), chunk.ciphertext, plaintext_.writable()))
    return std::nullopt;
  const auto data = data_of(plaintext_.reveal());
  if (!data || opened_bytes_ + data->size() > kMaxStreamDataBytes) return std::nullopt;
  return data;
}

}  // namespace b3iq::protocol

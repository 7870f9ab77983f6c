// Seals a job's answer piece by piece (sealed_chunk.h). answer_sealer.h makes it.
#pragma once

#include <string>

#include "base/random.h"
#include "base/result.h"
#include "crypto/chacha20_poly1305.h"
#include "crypto/secret.h"
#include "protocol/ids.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::protocol {

// Every chunk's plaintext is filled up to a multiple of `block_bytes`, so that lengths of tokens do
// not show. 0: not at all; else a power of two from 16 to kMaxChunkPlaintextBytes.
struct ChunkPadding {
  std::size_t block_bytes = 0;
};
bool valid_chunk_padding(ChunkPadding padding);

enum class ChunkPlace : std::uint8_t { more, last };

// One thread at a time.
class ChunkSealer {
 public:
  // `padding` is valid_chunk_padding.
  ChunkSealer(const crypto::SecretBytes<32>& key, const ClientJobId& job_id, ChunkPadding padding,
              base::Random& random);

  // `data` may be empty. Nothing follows the last chunk: that would be a bug. Errors:
  // payload_too_large when `data`, all data or the number of chunks is past its limit; the stream
  // then goes on as if this had not been asked, and a last chunk without data always finds room.
  base::Result<SealedChunk> seal(base::ByteView data, ChunkPlace place);

 private:
  crypto::ChaCha20Poly1305 aead_;
  std::string aad_;
  ChunkPadding padding_;
  ChunkPrefix prefix_{};
  std::uint32_t next_ = 0;
  std::size_t sealed_bytes_ = 0;
  bool ended_ = false;
};

}  // namespace b3iq::protocol

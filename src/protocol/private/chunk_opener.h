// Opens a job's sealed chunks in their order (sealed_chunk.h). answer_opener.h makes it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/chacha20_poly1305.h"
#include "crypto/secret.h"
#include "protocol/ids.h"
#include "protocol/private/sealed_chunk.h"

namespace b3iq::protocol {

// One thread at a time.
class ChunkOpener {
 public:
  ChunkOpener(const crypto::SecretBytes<32>& key, const ClientJobId& job_id);

  // The chunk's data, valid until the next call. Errors: corrupt, with one text whatever the cause
  // (changed, left out, doubled, out of order, of another stream, behind the last); from then on
  // every call fails so.
  base::Result<base::ByteView> open(const SealedChunk& chunk);
  // True once the last chunk was opened: only then is the answer whole.
  bool ended() const { return state_ == State::ended; }
  // When nothing more comes. Errors: corrupt unless ended().
  base::Status finish() const;
  // The number that the next chunk must have; for asking a relay to go on after a cut connection.
  std::uint32_t next_number() const { return next_; }

 private:
  enum class State : std::uint8_t { open, ended, failed };
  bool is_next(const SealedChunk& chunk) const;
  std::optional<base::ByteView> opened(const SealedChunk& chunk);

  crypto::ChaCha20Poly1305 aead_;
  std::string aad_;
  std::optional<ChunkPrefix> prefix_;  // of the first chunk
  std::uint32_t next_ = 0;
  std::size_t opened_bytes_ = 0;
  State state_ = State::open;
  crypto::Secret plaintext_;
};

}  // namespace b3iq::protocol

// One piece of a streamed answer as it travels, b3iq-private-transport-v1
// (docs/protocol/private-transport.md, docs/adr/0027-sealed-streams.md):
//
//   frame     = JSON object of "nonce" and "ciphertext" (base64url), one line, no other member
//   nonce     = prefix(7, random, one per stream) number(4, big-endian, from 0) last(1: 0 or 1)
//   plaintext = length(4, big-endian) data(length) zeros      1 to 64 KiB together
//   AAD       = "b3iq-private-inference-stream:" job_id; key of the part response-stream
//
// In an event stream a frame is the data of one event.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/chacha20_poly1305.h"

namespace b3iq::protocol {

inline constexpr std::size_t kChunkPrefixBytes = 7;
inline constexpr std::size_t kChunkLengthBytes = 4;
inline constexpr std::size_t kMaxChunkPlaintextBytes = 64 * 1024;
inline constexpr std::size_t kMaxChunkDataBytes = kMaxChunkPlaintextBytes - kChunkLengthBytes;
inline constexpr std::size_t kMaxChunkFrameBytes = 88 * 1024;  // of its text
inline constexpr std::uint32_t kMaxStreamChunks = 1u << 20;
inline constexpr std::size_t kMaxStreamDataBytes = 4 * 1024 * 1024;  // of all chunks together

using ChunkPrefix = std::array<std::uint8_t, kChunkPrefixBytes>;

struct SealedChunk {
  ChunkPrefix prefix{};
  std::uint32_t number = 0;  // below kMaxStreamChunks
  bool is_last = false;
  base::Bytes ciphertext;  // with its tag
};

crypto::AeadNonce nonce_of(const SealedChunk& chunk);

// At most kMaxChunkFrameBytes, without a line's end.
std::string encode_sealed_chunk(const SealedChunk& chunk);
// Strict. Says nothing about the order or who sealed it. Errors: invalid_request naming the member,
// invalid_json, payload_too_large.
base::Result<SealedChunk> decode_sealed_chunk(std::string_view frame);

}  // namespace b3iq::protocol

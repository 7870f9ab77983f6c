// Frames of a sealed stream, one a line: each is read or refused, what is read is written back as
// it came, and an opener never takes what was not sealed for it, nor anything after a refusal.
#include "protocol/private/sealed_chunk.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/private/chunk_opener.h"
#include "protocol/private/chunk_sealer.h"

int fuzz_sealed_chunk(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one target
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // Of the corpus, too: the stream key of tests/vectors/private_transport.json.
  constexpr std::string_view kKey =
      "b1158f2b04c15666947118b230e295f5143350aff0c466dd6af2b65e245fa744";
  const auto bytes = b3iq::base::from_hex(kKey).value();
  const b3iq::crypto::SecretBytes<32> key(
      std::span<const std::uint8_t, 32>(bytes.data(), bytes.size()));
  ChunkOpener opener(key, ClientJobId::parse("trip-planner_7").value());
  bool failed = false;
  std::uint32_t opened = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const auto chunk = decode_sealed_chunk(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!chunk.ok()) continue;
    const auto again = decode_sealed_chunk(encode_sealed_chunk(*chunk));
    B3_CHECK(again.ok() && again->ciphertext == chunk->ciphertext &&
             nonce_of(*again) == nonce_of(*chunk));
    const bool was_ended = opener.ended();
    const auto piece = opener.open(*chunk);
    B3_CHECK(!piece.ok() || (!failed && !was_ended && chunk->number == opened));
    if (piece.ok()) {
      ++opened;
      B3_CHECK(opener.ended() == chunk->is_last);
    } else {
      failed = true;
    }
    B3_CHECK(opener.finish().ok() == opener.ended());
  }
  return 0;
}

// Streamed answers: sealed chunks, their frames, and everything that can happen to them on the way.
#include <gtest/gtest.h>

#include <numeric>

#include "protocol/messages/changed_json.h"
#include "protocol/private/private_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

AnswerSealer node_side() { return std::move(opened(sealed_request().envelope)->sealer); }

std::vector<SealedChunk> sealed_pieces(const std::vector<std::string>& pieces,
                                       ChunkPadding padding = {}) {
  const AnswerSealer node_sealer = node_side();
  ChunkSealer sealer = node_sealer.seal_stream(padding, base::system_random());
  std::vector<SealedChunk> chunks;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto chunk = sealer.seal(base::as_bytes(pieces[i]),
                             i + 1 == pieces.size() ? ChunkPlace::last : ChunkPlace::more);
    EXPECT_TRUE(chunk.ok());
    chunks.push_back(std::move(chunk).value());
  }
  return chunks;
}
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all = {"data: a\n\n", "", "data: bb\n\n",
                                               "data: [DONE]\n\n"};
  return all;
}

// How many chunks open, and whether the stream is whole then.
struct Reading {
  std::size_t opened = 0;
  bool whole = false;
  std::string error;
  std::string text;
};
Reading read_all(const std::vector<SealedChunk>& chunks) {
  Reading out;
  ChunkOpener opener = sealed_request().opener.open_stream();
  for (const SealedChunk& chunk : chunks) {
    const auto data = opener.open(chunk);
    if (!data.ok()) {
      out.error = data.error().detail;
      EXPECT_EQ(data.error().code, base::ErrorCode::corrupt);
      EXPECT_FALSE(opener.open(chunks[0]).ok()) << "nothing is opened after a failure";
      break;
    }
    ++out.opened;
    out.text += base::as_text(*data);
  }
  out.whole = opener.finish().ok();
  EXPECT_EQ(out.whole, opener.ended());
  return out;
}

TEST(PrivateStream, ThePiecesComeBackInTheirOrder) {
  for (const std::size_t block : {0u, 16u, 256u, 65'536u}) {
    const auto chunks = sealed_pieces(pieces(), {block});
    const Reading read = read_all(chunks);
    EXPECT_EQ(read.opened, pieces().size());
    EXPECT_TRUE(read.whole);
    EXPECT_EQ(read.text, std::accumulate(pieces().begin(), pieces().end(), std::string()));
    for (const SealedChunk& chunk : chunks) {
      const std::size_t size = chunk.ciphertext.size() - kEnvelopeTagBytes;
      if (block > 0) {
        EXPECT_EQ(size % block, 0u);
      }
      if (block >= 256) {
        EXPECT_EQ(size, block) << "all alike";
      }
    }
  }
}

TEST(PrivateStream, FramesAreReadBackAndDamageIsRefused) {
  const auto chunks = sealed_pieces(pieces(), {32});
  for (const SealedChunk& chunk : chunks) {
    const std::string frame = encode_sealed_chunk(chunk);
    EXPECT_EQ(frame.find('\n'), std::string::npos);
    expect_refuses_damage(frame, {.any_text = {"ciphertext"}}, [](const std::string& damaged) {
      return decode_sealed_chunk(damaged).ok();
    });
    const auto read = decode_sealed_chunk(frame);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->number, chunk.number);
    EXPECT_EQ(read->is_last, chunk.is_last);
    EXPECT_EQ(read->prefix, chunk.prefix);
    EXPECT_EQ(encode_sealed_chunk(*read), frame);
  }
  SealedChunk chunk = chunks[0];
  chunk.number = kMaxStreamChunks;
  EXPECT_EQ(decode_sealed_chunk(encode_sealed_chunk(chunk)).error().param, "nonce");
  std::string text = encode_sealed_chunk(chunks[0]);
  const std::string nonce = "\"" + base::to_base64url(counted<12>(2)) + "\"";
  EXPECT_EQ(decode_sealed_chunk(changed(text, "nonce", &nonce)).error().param, "nonce")
      << "a last byte that is neither 0 nor 1";
  chunk = chunks[0];
  chunk.ciphertext.assign(kMaxChunkPlaintextBytes + crypto::kAeadTagBytes, 1);
  EXPECT_TRUE(decode_sealed_chunk(encode_sealed_chunk(chunk)).ok());
  EXPECT_LE(encode_sealed_chunk(chunk).size(), kMaxChunkFrameBytes);
  chunk.ciphertext.push_back(1);
  EXPECT_FALSE(decode_sealed_chunk(encode_sealed_chunk(chunk)).ok());
  chunk.ciphertext.assign(kChunkLengthBytes + crypto::kAeadTagBytes - 1, 1);
  EXPECT_FALSE(decode_sealed_chunk(encode_sealed_chunk(chunk)).ok());
}

TEST(PrivateStream, G5_69_TruncationReorderingAndDoublingAreDetected) {
  const auto good = sealed_pieces(pieces());
  std::string usual;
  const auto refused_at = [&](const std::vector<SealedChunk>& chunks) {
    const Reading read = read_all(chunks);
    EXPECT_FALSE(read.whole);
    EXPECT_FALSE(read.error.empty());
    if (usual.empty()) usual = read.error;
    EXPECT_EQ(read.error, usual) << "one text whatever the cause";
    return read.opened;
  };
  EXPECT_EQ(refused_at({good[0], good[2]}), 1u) << "one left out";
  EXPECT_EQ(refused_at({good[1], good[2]}), 0u) << "the beginning left out";
  EXPECT_EQ(refused_at({good[0], good[2], good[1]}), 1u) << "two exchanged";
  EXPECT_EQ(refused_at({good[0], good[0]}), 1u) << "one doubled";
  EXPECT_EQ(refused_at({good[0], good[1], good[2], good[3], good[3]}), 4u) << "behind the last";
  const auto other = sealed_pieces(pieces());
  EXPECT_EQ(refused_at({good[0], other[1]}), 1u) << "of another stream of the same job";
  std::vector<SealedChunk> cut(good.begin(), good.end() - 1);
  const Reading read = read_all(cut);
  EXPECT_EQ(read.opened, 3u);
  EXPECT_FALSE(read.whole) << "the last one never came";
  EXPECT_FALSE(read_all({}).whole);
}

TEST(PrivateStream, G5_60_AnyBitOfAChunkIsRefused) {
  const auto good = sealed_pieces(pieces(), {32});
  for (std::size_t bit = 0; bit < good[0].ciphertext.size() * 8; ++bit) {
    auto bad = good;
    bad[0].ciphertext[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_EQ(read_all(bad).opened, 0u) << bit;
  }
  auto bad = good;
  bad[1].is_last = true;
  EXPECT_EQ(read_all(bad).opened, 1u) << "the end brought forward";
  bad = good;
  bad[3].is_last = false;
  EXPECT_EQ(read_all(bad).opened, 3u) << "the end taken away";
  bad = good;
  bad[0].prefix[6] ^= 1;
  EXPECT_EQ(read_all(bad).opened, 0u);
  bad = good;
  bad[1].ciphertext.pop_back();
  EXPECT_EQ(read_all(bad).opened, 1u);
  bad[1].ciphertext.clear();
  EXPECT_EQ(read_all(bad).opened, 1u);
}

TEST(PrivateStream, AnotherJobsChunksAndAnswersAreRefused) {
  const auto other = seal_request(private_request(), node_transport_key(), base::system_random());
  ChunkOpener opener = other->opener.open_stream();
  EXPECT_FALSE(opener.open(sealed_pieces(pieces())[0]).ok());
  // The same key with another job's additional data.
  ChunkOpener moved(job_secret().key_of(SealedPart::response_stream),
                    ClientJobId::parse("other").value());
  EXPECT_FALSE(moved.open(sealed_pieces(pieces())[0]).ok());
  ChunkOpener of_answers(job_secret().key_of(SealedPart::response), client_job_id());
  EXPECT_FALSE(of_answers.open(sealed_pieces(pieces())[0]).ok());
}

// A chunk that was sealed rightly and holds something of another form.
TEST(PrivateStream, ThePlaintextHasOneForm) {
  const auto opens = [](const base::Bytes& plaintext) {
    crypto::ChaCha20Poly1305 aead(job_secret().key_of(SealedPart::response_stream));
    SealedChunk chunk;
    chunk.ciphertext = plaintext;
    chunk.ciphertext.resize(plaintext.size() + crypto::kAeadTagBytes);
    aead.seal(nonce_of(chunk),
              base::as_bytes(additional_data(SealedPart::response_stream, client_job_id())),
              plaintext, chunk.ciphertext);
    ChunkOpener opener = sealed_request().opener.open_stream();
    return opener.open(chunk).ok();
  };
  EXPECT_TRUE(opens({0, 0, 0, 0}));
  EXPECT_TRUE(opens({0, 0, 0, 1, 'x'}));
  EXPECT_TRUE(opens({0, 0, 0, 1, 'x', 0, 0}));
  EXPECT_FALSE(opens({0, 0, 0, 2, 'x'})) << "longer than what is there";
  EXPECT_FALSE(opens({0xff, 0xff, 0xff, 0xff, 'x'}));
  EXPECT_FALSE(opens({0, 0, 0, 1, 'x', 0, 1})) << "padding of another byte";
  EXPECT_FALSE(opens({0, 0, 0}));
  EXPECT_FALSE(opens({}));
}

TEST(PrivateStream, LimitsHoldAndTheLastChunkAlwaysFindsRoom) {
  const AnswerSealer node_sealer = node_side();
  ChunkSealer sealer = node_sealer.seal_stream({}, base::system_random());
  const base::Bytes largest(kMaxChunkDataBytes, 'x');
  base::Bytes over = largest;
  over.push_back('x');
  EXPECT_EQ(sealer.seal(over, ChunkPlace::more).error().code, base::ErrorCode::payload_too_large);
  ChunkOpener opener = sealed_request().opener.open_stream();
  std::size_t taken = 0;
  for (;;) {
    const auto chunk = sealer.seal(largest, ChunkPlace::more);
    if (!chunk.ok()) break;
    ASSERT_TRUE(opener.open(*chunk).ok());
    taken += largest.size();
    ASSERT_LE(taken, kMaxStreamDataBytes);
  }
  EXPECT_GT(taken + largest.size(), kMaxStreamDataBytes);
  EXPECT_FALSE(sealer.seal(largest, ChunkPlace::last).ok());
  const auto last = sealer.seal({}, ChunkPlace::last);
  ASSERT_TRUE(last.ok());
  EXPECT_TRUE(opener.open(*last).ok());
  EXPECT_TRUE(opener.finish().ok());
}

TEST(PrivateStream, TheNumberOfChunksIsBounded) {
  const AnswerSealer node_sealer = node_side();
  ChunkSealer sealer = node_sealer.seal_stream({}, base::system_random());
  for (std::uint32_t i = 0; i + 1 < kMaxStreamChunks; ++i)
    ASSERT_TRUE(sealer.seal({}, ChunkPlace::more).ok()) << i;
  EXPECT_FALSE(sealer.seal({}, ChunkPlace::more).ok());
  const auto last = sealer.seal({}, ChunkPlace::last);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->number, kMaxStreamChunks - 1);
  EXPECT_TRUE(decode_sealed_chunk(encode_sealed_chunk(*last)).ok());
}

TEST(PrivateStream, OnlyPowersOfTwoPad) {
  for (const std::size_t good : {0u, 16u, 64u, 4096u, 65'536u})
    EXPECT_TRUE(valid_chunk_padding({good})) << good;
  for (const std::size_t bad : {1u, 8u, 17u, 1000u, 131'072u})
    EXPECT_FALSE(valid_chunk_padding({bad})) << bad;
}

}  // namespace
}  // namespace b3iq::protocol

// Sealing and opening of whole requests and answers beside the raw operations that they need and
// cannot do without, in one run: X25519, HKDF and the AEAD, from the same libraries, on buffers and
// contexts that are there already. The customer's side has parsed the body before it seals, as a
// proxy does; the node's side parses it while it opens, for the chat decoder. RatioOf... is raw
// time over ours, of interleaved rounds: 1 would mean that everything else (fresh keys' bytes, ids,
// JSON, padding, copies) costs nothing.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "crypto/chacha20_poly1305.h"
#include "crypto/hmac.h"
#include "crypto/x25519_agreement.h"
#include "protocol/private/padding.h"
#include "protocol/private/request_opener.h"
#include "protocol/private/request_sealer.h"
#include "protocol/receipt.h"

namespace {

using namespace b3iq;            // NOLINT: a benchmark
using namespace b3iq::protocol;  // NOLINT: a benchmark

// One job between one customer and one node, with everything that the rounds need.
struct Job {
  explicit Job(std::size_t content_bytes)
      : identity(NodeIdentity::generate(base::system_random())),
        key(TransportKey::generate(base::system_random())),
        body(R"({"model":"llama3.1:8b","messages":[{"role":"user","content":")") {
    while (body.size() < content_bytes) body.append("The quick brown fox jumps. ");
    body.append(R"("}],"max_tokens":256})");
    request.job_id = ClientJobId::parse("a-job").value();
    request.node_id = identity.node_id();
    request.model_id = "llama3.1:8b";
    request.body = body;
    base::system_random().fill(request.customer_nonce);
    Receipt receipt;
    receipt.node_id = identity.node_id();
    receipt.job_id = JobId::make(1'795'253'400'123, base::system_random());
    receipt.model_id = receipt.model_profile_id = "llama3.1:8b";
    receipt.runtime_kind = "embedded";
    receipt_text = sign_encoded_receipt(encode_receipt(receipt).document, identity);
    plaintext.assign(encode_private_request(request, 0)->size(), 'x');
    sealed.resize(plaintext.size() + crypto::kAeadTagBytes);
  }
  SealedRequest seal(base::Random& random) const {
    return seal_request(request, {key.public_key(), key.key_id()}, random, BodyCheck::known_good)
        .value();
  }
  OpenedRequest open(const SealedEnvelope& envelope) const {
    const TransportKey* const keys[] = {&key};
    return open_request(keys, envelope, {request.job_id, request.node_id, request.model_id})
        .value();
  }
  JobAnswer answer() const {
    return {AnswerStatus::completed, body, AnswerReceipt{receipt_text, ReceiptSalt{}}};
  }

  NodeIdentity identity;
  TransportKey key;
  std::string body;
  PrivateRequest request;
  std::string receipt_text;
  base::Bytes plaintext;
  base::Bytes sealed;
};

// What no implementation of the envelope can leave out.
struct Raw {
  explicit Raw(Job& of)
      : job(of),
        mine(crypto::X25519SecretKey::generate(base::system_random())),
        aead(crypto::SecretBytes<32>::random(base::system_random())) {}
  void pair(base::Random& random) {
    benchmark::DoNotOptimize(crypto::X25519SecretKey::generate(random));
  }
  void agree() { benchmark::DoNotOptimize(crypto::x25519_agree(mine, job.key.public_key())); }
  void extract() { benchmark::DoNotOptimize(prk = crypto::hkdf_extract(salt, salt32)); }
  void expand() {
    crypto::hkdf_expand(prk, base::as_bytes(kInfo), out32);
    benchmark::DoNotOptimize(out32);
  }
  void seal() {
    aead.seal({}, base::as_bytes(kAad), job.plaintext, job.sealed);
    benchmark::DoNotOptimize(job.sealed.data());
  }
  void open() {
    if (!aead.open({}, base::as_bytes(kAad), job.sealed, job.plaintext)) std::abort();
    benchmark::DoNotOptimize(job.plaintext.data());
  }
  static constexpr std::string_view kInfo =
      "b3iq-private-transport-v1 response b3x_d6yckxq7vpvzj3lr";
  static constexpr std::string_view kAad = "b3iq-private-inference-result:a-job";
  Job& job;
  crypto::X25519SecretKey mine;
  crypto::ChaCha20Poly1305 aead;
  crypto::SecretBytes<32> prk;
  std::array<std::uint8_t, 64> salt{};
  std::array<std::uint8_t, 32> salt32{};
  std::array<std::uint8_t, 32> out32{};
};

// CPU time of this thread, which a neighbour cannot lengthen by waiting.
std::int64_t cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Interleaved rounds of a few milliseconds each; medians.
template <class Ours, class Theirs>
void compare(benchmark::State& state, Ours ours, Theirs theirs) {
  // As the programs do (src/http/process_limits.cc): a large block is not a mapping of its own.
  ::mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
  constexpr int kRounds = 41;
  constexpr std::int64_t kRoundNs = 4'000'000;
  const auto timed = [](auto& work) {
    const std::int64_t begin = cpu_ns();
    std::int64_t now = begin;
    int count = 0;
    do {
      work();
      ++count;
      now = cpu_ns();
    } while (now - begin < kRoundNs);
    return static_cast<double>(now - begin) / count;
  };
  std::vector<double> a, b;
  for (auto _ : state) {
    for (int i = 0; i < kRounds; ++i) {
      a.push_back(timed(ours));
      b.push_back(timed(theirs));
    }
  }
  const auto median = [](std::vector<double>& all) {
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2),
                     all.end());
    return all[all.size() / 2];
  };
  const double mine = median(a), raw = median(b);
  state.counters["ours_us"] = mine / 1000;
  state.counters["raw_us"] = raw / 1000;
  state.counters["ratio"] = raw / mine;
}

void RatioOfSeal(benchmark::State& state) {
  Job job(static_cast<std::size_t>(state.range(0)));
  Raw raw(job);
  base::BufferedRandom random(base::system_random());
  compare(
      state, [&] { benchmark::DoNotOptimize(job.seal(random)); },
      [&] {
        raw.pair(random);
        raw.agree();
        raw.extract();
        raw.expand();
        raw.seal();
      });
}

void RatioOfOpen(benchmark::State& state) {
  Job job(static_cast<std::size_t>(state.range(0)));
  Raw raw(job);
  raw.seal();
  const auto sealed = job.seal(base::system_random());
  compare(
      state, [&] { benchmark::DoNotOptimize(job.open(sealed.envelope)); },
      [&] {
        raw.agree();
        raw.extract();
        raw.expand();
        raw.open();
      });
}

// A whole job: sealed, opened, its answer (as long as the request) sealed and opened.
void RatioOfJob(benchmark::State& state) {
  Job job(static_cast<std::size_t>(state.range(0)));
  Raw raw(job);
  raw.seal();
  base::BufferedRandom random(base::system_random());
  compare(
      state,
      [&] {
        const auto sealed = job.seal(random);
        const auto opened = job.open(sealed.envelope);
        const auto answer = opened.sealer.seal(job.answer(), random, BodyCheck::known_good).value();
        if (!sealed.opener.open(answer).ok()) std::abort();
      },
      [&] {
        raw.pair(random);
        for (int side = 0; side < 2; ++side) {
          raw.agree();
          raw.extract();
          raw.expand();
          raw.expand();
          raw.seal();
          raw.open();
        }
      });
}
BENCHMARK(RatioOfSeal)->Arg(500)->Arg(4'000)->Arg(32'000)->Arg(400'000)->Iterations(1);
BENCHMARK(RatioOfOpen)->Arg(500)->Arg(4'000)->Arg(32'000)->Arg(400'000)->Iterations(1);
BENCHMARK(RatioOfJob)->Arg(500)->Arg(4'000)->Arg(32'000)->Arg(400'000)->Iterations(1);

// A chunk of a stream, of about one token's event: sealed, written, read and opened.
void BM_StreamChunk(benchmark::State& state) {
  Job job(500);
  const auto sealed = job.seal(base::system_random());
  const auto opened = job.open(sealed.envelope);
  const std::string event(220, 'x');
  auto sealer = opened.sealer.seal_stream({256}, base::system_random());
  auto opener = sealed.opener.open_stream();
  int count = 0;
  for (auto _ : state) {
    const auto chunk = sealer.seal(base::as_bytes(event), ChunkPlace::more);
    const auto frame = encode_sealed_chunk(*chunk);
    benchmark::DoNotOptimize(opener.open(*decode_sealed_chunk(frame)).ok());
    if (++count == 10'000) {  // a stream's limit is 4 MiB
      state.PauseTiming();
      sealer = opened.sealer.seal_stream({256}, base::system_random());
      opener = sealed.opener.open_stream();
      count = 0;
      state.ResumeTiming();
    }
  }
}
BENCHMARK(BM_StreamChunk);

// An envelope's text: what JSON and base64url add to the sealing.
void BM_WriteEnvelope(benchmark::State& state) {
  Job job(static_cast<std::size_t>(state.range(0)));
  const auto sealed = job.seal(base::system_random());
  std::string text;
  for (auto _ : state) {
    text.clear();
    json::Writer w(text);
    write_sealed_envelope(w, sealed.envelope);
    benchmark::DoNotOptimize(text.data());
  }
}
void BM_ReadEnvelope(benchmark::State& state) {
  Job job(static_cast<std::size_t>(state.range(0)));
  std::string text;
  json::Writer w(text);
  write_sealed_envelope(w, job.seal(base::system_random()).envelope);
  for (auto _ : state) {
    const auto document = json::Document::parse(text);
    benchmark::DoNotOptimize(decode_sealed_envelope(document->root()).ok());
  }
}
BENCHMARK(BM_WriteEnvelope)->Arg(500)->Arg(4'000)->Arg(400'000);
BENCHMARK(BM_ReadEnvelope)->Arg(500)->Arg(4'000)->Arg(400'000);

}  // namespace

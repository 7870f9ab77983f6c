#include <benchmark/benchmark.h>
#include <sodium/crypto_aead_chacha20poly1305.h>

#include <string>

#include "base/random.h"
#include "crypto/chacha20_poly1305.h"
#include "crypto/ed25519.h"
#include "crypto/hmac.h"
#include "crypto/secret_token.h"
#include "crypto/sha256.h"
#include "crypto/x25519_agreement.h"

namespace {

using namespace b3iq;  // NOLINT: a benchmark

void BM_Sha256(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crypto::sha256(text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Sha256)->Arg(50)->Arg(635)->Arg(4096)->Arg(400'000);

void BM_Sha256Incremental(benchmark::State& state) {
  const std::string chunk(200, 'x');
  for (auto _ : state) {
    crypto::Sha256 hash;
    for (int i = 0; i < 51; ++i) hash.update(chunk);
    benchmark::DoNotOptimize(hash.finish());
  }
  state.SetBytesProcessed(state.iterations() * 51 * 200);
}
BENCHMARK(BM_Sha256Incremental);

void BM_Hmac(benchmark::State& state) {
  const std::string key(32, 'k');
  const std::string text(200, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::hmac_sha256(base::as_bytes(key), {base::as_bytes(text)}));
  }
}
BENCHMARK(BM_Hmac);

void BM_CheckAndHashToken(benchmark::State& state) {
  const auto token = crypto::make_secret_token(crypto::kLocalKeyPrefix, base::system_random());
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        crypto::check_secret_token(crypto::kLocalKeyPrefix, token.reveal_text()));
    benchmark::DoNotOptimize(crypto::hash_secret(token.reveal_text()));
  }
}
BENCHMARK(BM_CheckAndHashToken);

void BM_Ed25519Sign(benchmark::State& state) {
  const auto key = crypto::Ed25519SecretKey::generate(base::system_random());
  const std::string text(512, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(key.sign(base::as_bytes(text)));
}
BENCHMARK(BM_Ed25519Sign);

void BM_Ed25519Verify(benchmark::State& state) {
  const auto key = crypto::Ed25519SecretKey::generate(base::system_random());
  const std::string text(512, 'x');
  const auto signature = key.sign(base::as_bytes(text));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        crypto::ed25519_verify(key.public_key(), base::as_bytes(text), signature));
  }
}
BENCHMARK(BM_Ed25519Verify);

void BM_X25519Agree(benchmark::State& state) {
  const auto ours = crypto::X25519SecretKey::generate(base::system_random());
  const auto theirs = crypto::X25519SecretKey::generate(base::system_random());
  for (auto _ : state) benchmark::DoNotOptimize(crypto::x25519_agree(ours, theirs.public_key()));
}
BENCHMARK(BM_X25519Agree);

void BM_X25519Generate(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(crypto::X25519SecretKey::generate(base::system_random()));
}
BENCHMARK(BM_X25519Generate);

// One object for each message: with what making it costs.
void BM_ChaCha20Poly1305(benchmark::State& state) {
  const auto key = crypto::SecretBytes<32>::random(base::system_random());
  const base::Bytes text(static_cast<std::size_t>(state.range(0)), 'x');
  base::Bytes out(text.size() + crypto::kAeadTagBytes);
  const base::Bytes aad(60, 'a');
  for (auto _ : state) {
    crypto::ChaCha20Poly1305(key).seal({}, aad, text, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ChaCha20Poly1305)->Arg(64)->Arg(1024)->Arg(16'384)->Arg(1'048'576);

// What the other library takes for the same.
void BM_SodiumChaCha20Poly1305(benchmark::State& state) {
  const auto key = crypto::SecretBytes<32>::random(base::system_random());
  const base::Bytes text(static_cast<std::size_t>(state.range(0)), 'x');
  base::Bytes out(text.size() + crypto::kAeadTagBytes);
  const base::Bytes aad(60, 'a');
  const crypto::AeadNonce nonce{};
  for (auto _ : state) {
    crypto_aead_chacha20poly1305_ietf_encrypt(out.data(), nullptr, text.data(), text.size(),
                                              aad.data(), aad.size(), nullptr, nonce.data(),
                                              key.reveal().data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_SodiumChaCha20Poly1305)->Arg(64)->Arg(1024)->Arg(16'384)->Arg(1'048'576);

}  // namespace

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "protocol/http_signature.h"
#include "protocol/receipt.h"

namespace {

using namespace b3iq;  // NOLINT: a benchmark

protocol::Receipt example(const protocol::NodeIdentity& identity) {
  protocol::Receipt receipt;
  receipt.node_id = identity.node_id();
  receipt.job_id = protocol::JobId::make(1'795'253'400'123, base::system_random());
  receipt.model_id = receipt.model_profile_id = "llama3.1:8b";
  receipt.runtime_kind = "embedded";
  receipt.usage = {123, 456};
  receipt.started_at_ms = 1'795'253'400'123;
  receipt.completed_at_ms = 1'795'253'401'456;
  receipt.content_commitment = crypto::sha256("x");
  return receipt;
}

void BM_EncodeReceipt(benchmark::State& state) {
  const auto identity = protocol::NodeIdentity::generate(base::system_random());
  const auto receipt = example(identity);
  for (auto _ : state) benchmark::DoNotOptimize(protocol::encode_receipt(receipt));
  state.counters["bytes"] = static_cast<double>(protocol::encode_receipt(receipt).document.size());
}
BENCHMARK(BM_EncodeReceipt);

void BM_ContentCommitment(benchmark::State& state) {
  const std::array<std::uint8_t, 32> salt{};
  const auto digest = crypto::sha256("x");
  for (auto _ : state) benchmark::DoNotOptimize(protocol::content_commitment(salt, digest, digest));
}
BENCHMARK(BM_ContentCommitment);

void BM_SignReceipt(benchmark::State& state) {
  const auto identity = protocol::NodeIdentity::generate(base::system_random());
  const auto encoded = protocol::encode_receipt(example(identity));
  for (auto _ : state)
    benchmark::DoNotOptimize(protocol::sign_encoded_receipt(encoded.document, identity));
}
BENCHMARK(BM_SignReceipt);

void BM_DecodeAndVerifyReceipt(benchmark::State& state) {
  const auto identity = protocol::NodeIdentity::generate(base::system_random());
  const auto encoded = protocol::encode_receipt(example(identity));
  const auto text = protocol::sign_encoded_receipt(encoded.document, identity);
  for (auto _ : state) {
    auto document = json::Document::parse(text);
    auto receipt = protocol::decode_receipt(document->root());
    benchmark::DoNotOptimize(protocol::verify_receipt(*receipt, identity.public_key()).ok());
  }
}
BENCHMARK(BM_DecodeAndVerifyReceipt);

void BM_VerifyRequest(benchmark::State& state) {
  const auto identity = protocol::NodeIdentity::generate(base::system_random());
  const auto audience = protocol::control_plane_id_of(identity.public_key());
  const std::string body(400, 'x');
  const protocol::CoveredRequest request{"POST", "/v1/nodes/b3n_x/heartbeats", "", body};
  const auto sent =
      protocol::sign_request(request, {protocol::SignatureTag::heartbeat, audience, 1, 1000},
                             identity, base::system_random());
  const protocol::ReceivedHeaders headers{sent.content_digest, sent.audience, sent.sequence,
                                          sent.signature_input, sent.signature};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        protocol::verify_request(request, headers,
                                 {protocol::SignatureTag::heartbeat, audience, 1000},
                                 identity.public_key())
            .ok());
  }
}
BENCHMARK(BM_VerifyRequest);

}  // namespace

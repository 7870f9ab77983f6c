#include <benchmark/benchmark.h>

#include <string>

#include "inference/openai_request.h"
#include "inference/openai_response.h"
#include "inference/sse_relay.h"
#include "json/json.h"

namespace {

using namespace b3iq::inference;

// 635 bytes, as an OpenAI client sends them.
std::string chat_body() {
  std::string body =
      R"({"model":"llama3.1:8b","messages":[{"role":"system","content":"You are a careful assistant. Answer in plain words, name what you do not know, and keep to the question."},{"role":"user","content":"Explain in three sentences why the sky is blue.\nThen say in one sentence why sunsets are red, and add a short remark about Mars."},{"role":"assistant","content":"Shall I use units?"},{"role":"user","content":"Yes, nanometres please."}],"temperature":0.7,"top_p":0.95,"max_tokens":256,"stream":true,"seed":42,"stop":["###","END"],"presence_penalty":0,"frequency_penalty":0,"user":"customer-)";
  body.append(633 - body.size(), 'x');
  return body + "\"}";
}

std::string prompt_body() {
  return R"({"model":"m","messages":[{"role":"user","content":")" + std::string(400'000, 'p') +
         R"("}]})";
}

void decode(benchmark::State& state, const std::string& body) {
  for (auto _ : state) {
    auto request = decode_chat_request(body);
    if (!request.ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(request);
  }
}
void BM_DecodeChatBody(benchmark::State& state) { decode(state, chat_body()); }
void BM_DecodePrompt400K(benchmark::State& state) { decode(state, prompt_body()); }

void BM_ParseChatBodyAlone(benchmark::State& state) {
  const std::string body = chat_body();
  for (auto _ : state) benchmark::DoNotOptimize(b3iq::json::Document::parse(body));
}

// About 200 bytes, as OpenAI sends them.
const std::string kEvent =
    R"(data: {"id":"chatcmpl-AbCdEf123456","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":" hello"},"logprobs":null,"finish_reason":null}]})"
    "\n\n";

void relay(benchmark::State& state, std::size_t events_per_read) {
  std::string read;
  for (std::size_t i = 0; i < events_per_read; ++i) read += kEvent;
  SseRelay relay(UsageChunk::drop);
  for (auto _ : state) {
    relay.feed(read);
    for (;;) {
      const auto run = relay.next();
      if (!run.ok() || run->events.empty()) break;
      benchmark::DoNotOptimize(run->events.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events_per_read));
}
void BM_RelayOneEventPerRead(benchmark::State& state) { relay(state, 1); }
void BM_RelayTwentyEventsPerRead(benchmark::State& state) { relay(state, 20); }

void BM_SpliceB3iq(benchmark::State& state) {
  const std::string answer =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":")" +
      std::string(400, 'a') +
      R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})";
  for (auto _ : state) {
    std::string copy = answer;
    splice_b3iq(copy, R"({"runtime_id":"r"})");
    benchmark::DoNotOptimize(copy);
  }
}

void BM_WriteStep(benchmark::State& state) {
  const ChunkWriter writer({"chatcmpl-01JD5Z7Q3K8R9T0V1W2X3Y4Z5A", 1'700'000'000, "llama3.1:8b"},
                           ChatRequest{});
  StreamStep step;
  step.text = " hello";
  std::string out;
  for (auto _ : state) {
    out.clear();
    writer.append_step(out, step);
    benchmark::DoNotOptimize(out.data());
  }
}

BENCHMARK(BM_ParseChatBodyAlone);
BENCHMARK(BM_DecodeChatBody);
BENCHMARK(BM_DecodePrompt400K);
BENCHMARK(BM_RelayOneEventPerRead);
BENCHMARK(BM_RelayTwentyEventsPerRead);
BENCHMARK(BM_SpliceB3iq);
BENCHMARK(BM_WriteStep);

}  // namespace

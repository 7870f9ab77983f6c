#include <benchmark/benchmark.h>

#include <string>

#include "json/json.h"

namespace {

using b3iq::json::Document;

// 635 bytes, as an OpenAI client sends them.
std::string chat_body() {
  std::string body =
      R"({"model":"llama3.1:8b","messages":[{"role":"system","content":"You are a careful assistant. Answer in plain words, name what you do not know, and keep to the question."},{"role":"user","content":"Explain in three sentences why the sky is blue.\nThen say in one sentence why sunsets are red, and add a short remark about Mars."},{"role":"assistant","content":"Shall I use units?"},{"role":"user","content":"Yes, nanometres please."}],"temperature":0.7,"top_p":0.95,"max_tokens":256,"stream":true,"seed":42,"stop":["###","END"],"presence_penalty":0,"frequency_penalty":0,"user":"customer-)";
  body.append(633 - body.size(), 'x');
  return body + "\"}";
}

std::string prompt_body(bool escapes) {
  std::string body = R"({"model":"m","messages":[{"role":"user","content":")";
  while (body.size() < 400'000) {
    body +=
        "The quick brown fox jumps over the lazy dog while reading RFC 8259 on a train to Bern.";
    body += escapes ? "\\n" : " ";
  }
  return body + R"("}]})";
}

void parse(benchmark::State& state, const std::string& body) {
  for (auto _ : state) {
    auto document = Document::parse(body);
    benchmark::DoNotOptimize(document->root().find("messages"));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void BM_ParseChatBody(benchmark::State& state) { parse(state, chat_body()); }
void BM_ParsePrompt400K(benchmark::State& state) { parse(state, prompt_body(false)); }
void BM_ParsePrompt400KEscapes(benchmark::State& state) { parse(state, prompt_body(true)); }

void BM_ToTextChatBody(benchmark::State& state) {
  auto document = Document::parse(chat_body());
  for (auto _ : state) benchmark::DoNotOptimize(document->root().to_text());
}

void BM_WriteChunk(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    b3iq::json::Writer w(out);
    w.begin_object();
    w.member("id", "chatcmpl-01JD5Z7Q3K8R9T0V1W2X3Y4Z5A");
    w.member("object", "chat.completion.chunk");
    w.member("created", 1'700'000'000);
    w.member("model", "llama3.1:8b");
    w.key("choices");
    w.begin_array();
    w.begin_object();
    w.member("index", 0);
    w.key("delta");
    w.begin_object();
    w.member("content", " token");
    w.end_object();
    w.key("finish_reason");
    w.null();
    w.end_object();
    w.end_array();
    w.end_object();
    benchmark::DoNotOptimize(out.data());
  }
}

void BM_AppendString400K(benchmark::State& state) {
  const std::string text(400'000, 'x');
  std::string out;
  for (auto _ : state) {
    out.clear();
    b3iq::json::append_string(out, text);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * 400'000);
}

BENCHMARK(BM_ParseChatBody);
BENCHMARK(BM_ParsePrompt400K);
BENCHMARK(BM_ParsePrompt400KEscapes);
BENCHMARK(BM_ToTextChatBody);
BENCHMARK(BM_WriteChunk);
BENCHMARK(BM_AppendString400K);

}  // namespace

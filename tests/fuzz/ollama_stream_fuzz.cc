// What is read of Ollama's stream must not depend on where reads cut it, and only a chunk with
// done: true may end an answer.
//
//   input:  the reads' size in one byte, upstream bytes
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "json/json.h"
#include "runtimes/ollama/ndjson_lines.h"
#include "runtimes/ollama/ollama_chunk.h"

namespace {

using namespace b3iq::runtimes;

struct Outcome {
  std::string text;
  std::string error;
  std::size_t calls = 0;
  int tokens = 0;
  bool done = false;
  bool operator==(const Outcome&) const = default;
};

// False when the stream is over.
bool take(std::string_view line, Outcome& out) {
  const auto chunk = read_ollama_chunk(line, out.calls);
  if (!chunk.ok()) {
    out.error = chunk.error().detail;
    return false;
  }
  for (const auto& call : chunk->tool_calls) {
    B3_CHECK(call.index == static_cast<int>(out.calls++));
    B3_CHECK(!call.id.empty() && !call.name.empty());
    B3_CHECK(b3iq::json::Document::parse(call.arguments).ok());
    out.text.append(call.name).append(call.arguments);
  }
  out.text.append(chunk->text).append(chunk->reasoning);
  out.tokens += chunk->tokens();
  out.done = chunk->done;
  return !out.done;
}

Outcome read_in_pieces(std::string_view input, std::size_t size) {
  NdjsonLines lines;
  Outcome out;
  while (!input.empty()) {
    const std::string piece(input.substr(0, size));
    input.remove_prefix(piece.size());
    lines.feed(piece);
    for (;;) {
      const auto line = lines.next();
      B3_CHECK(line.ok());  // no input is as long as the bound
      if (!*line) break;
      B3_CHECK((*line)->find('\n') == std::string_view::npos);
      if (!take(**line, out)) return out;
    }
  }
  return out;
}

}  // namespace

int fuzz_ollama_stream(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > kMaxNdjsonLineBytes) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = read_in_pieces(input, input.size());
  const Outcome cut = read_in_pieces(input, data[0] % 64U + 1U);
  B3_CHECK(whole == cut);
  return 0;
}

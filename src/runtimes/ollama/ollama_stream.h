// One streamed answer of Ollama as typed steps.
#pragma once

#include <memory>
#include <optional>

#include "base/cancel.h"
#include "http/client.h"
#include "inference/runtime.h"
#include "runtimes/ollama/ndjson_lines.h"
#include "runtimes/ollama/ollama_chunk.h"
#include "runtimes/upstream/trailing_bodies.h"

namespace b3iq::runtimes {

class OllamaStream final : public inference::TokenStream {
 public:
  // Passes the caller's cancellation on, and its own. The response is sent with token() and then
  // handed over by begin().
  OllamaStream(std::shared_ptr<TrailingBodies> trailing, base::CancelToken cancel);
  base::CancelToken token() { return source_->token(); }
  void begin(std::unique_ptr<http::ClientResponse> response) { response_ = std::move(response); }

  // Errors: upstream_failed for an error line, a line that is none of Ollama's, one that does not
  // end, and a stream that stops without done: true; those of the connection.
  base::Task<base::Result<const inference::StreamStep*>> next() override;
  const inference::StreamStep* next_if_ready() override;

 private:
  using Chunk = base::Result<OllamaChunk>;

  // The next chunk of what has been read; nothing when more must be read.
  std::optional<Chunk> chunk_at_hand();
  base::Task<Chunk> read_chunk();
  Chunk last_line();
  const inference::StreamStep* publish(OllamaChunk chunk);

  std::shared_ptr<TrailingBodies> trailing_;
  std::shared_ptr<base::CancelSource> source_;
  base::CancelCallback on_cancel_;
  std::unique_ptr<http::ClientResponse> response_;
  NdjsonLines lines_;
  std::optional<Chunk> ahead_;  // looked at by next_if_ready() and left to next()
  OllamaChunk chunk_;           // what step_ points into
  inference::StreamStep step_;
  std::size_t calls_ = 0;
  bool last_given_ = false;
};

}  // namespace b3iq::runtimes

// One streamed answer of an upstream, relayed.
#pragma once

#include <memory>

#include "base/cancel.h"
#include "http/client.h"
#include "inference/runtime.h"
#include "inference/sse_relay.h"
#include "runtimes/upstream/trailing_bodies.h"

namespace b3iq::runtimes {

class OpenAiStream final : public inference::TokenStream {
 public:
  // Passes the caller's cancellation on, and its own. The response is sent with token() and then
  // handed over by begin().
  OpenAiStream(std::shared_ptr<TrailingBodies> trailing, inference::UsageChunk usage_chunk,
               base::CancelToken cancel);
  base::CancelToken token() { return source_->token(); }
  void begin(std::unique_ptr<http::ClientResponse> response) { response_ = std::move(response); }

  base::Task<base::Result<const inference::StreamStep*>> next() override;

 private:
  const inference::StreamStep* last_step();

  std::shared_ptr<TrailingBodies> trailing_;
  std::shared_ptr<base::CancelSource> source_;
  base::CancelCallback on_cancel_;
  std::unique_ptr<http::ClientResponse> response_;
  inference::SseRelay relay_;
  inference::StreamStep step_;
  bool last_given_ = false;
};

}  // namespace b3iq::runtimes

// Typed steps out of a stream of the OpenAI dialect, for callers that are answered in another one.
#pragma once

#include <memory>
#include <string>

#include "inference/runtime.h"

namespace b3iq::inference {

// Wraps a stream whose steps hold events (StreamStep::sse); its own steps hold text, reasoning,
// tool calls and log probabilities. Steps that are typed already pass unchanged. Errors: those of
// the stream; upstream_failed for an event that is no chunk.
class TypedRelay final : public TokenStream {
 public:
  explicit TypedRelay(std::unique_ptr<TokenStream> relayed) : relayed_(std::move(relayed)) {}
  base::Task<base::Result<const StreamStep*>> next() override;

 private:
  base::Status read_events(std::string_view events);

  std::unique_ptr<TokenStream> relayed_;
  StreamStep step_;
  std::string text_;
  std::string reasoning_;
};

// The same for a whole answer: fills the typed members from `body` and empties it. An answer that
// is typed already stays as it is.
base::Status make_typed(ChatAnswer& answer);

}  // namespace b3iq::inference

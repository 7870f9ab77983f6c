#include "runtimes/embedded/embedding_frame.h"

#include <string>

namespace b3iq::runtimes {

base::Result<EmbedFrame> to_embed_frame(const inference::EmbeddingRequest& request) {
  if (request.count() > kMaxEmbedInputs) {
    return base::Error(base::ErrorCode::invalid_request,
                       "The embedded runtime takes at most " + std::to_string(kMaxEmbedInputs) +
                           " texts at once; send them in several requests.",
                       "input");
  }
  EmbedFrame frame;
  frame.tokens = request.token_inputs;
  if (frame.tokens.empty()) frame.texts.assign(request.inputs.begin(), request.inputs.end());
  frame.dimensions = static_cast<std::uint32_t>(request.dimensions.value_or(0));
  return frame;
}

}  // namespace b3iq::runtimes

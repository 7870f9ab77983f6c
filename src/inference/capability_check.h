// What a request asks for and a runtime cannot do is refused before dispatch, never ignored.
#pragma once

#include "base/result.h"
#include "inference/chat.h"
#include "inference/runtime.h"

namespace b3iq::inference {

// Errors: unsupported_parameter with the member at fault as param and a way out as detail; what the
// runtime's own check_chat says.
base::Status check_capabilities(const ChatRequest& request, const Capabilities& capabilities);

// The same of an embedding request, and its bounds: unsupported_parameter with param "model" when
// the model makes no embeddings; invalid_request with param "input" or "dimensions".
base::Status check_embedding(const EmbeddingRequest& request, const Capabilities& capabilities);

}  // namespace b3iq::inference

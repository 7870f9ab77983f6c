// What an embedding request becomes for the worker.
#pragma once

#include "base/result.h"
#include "inference/embedding.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {

// Error: invalid_request, for more inputs than a frame may have.
base::Result<EmbedFrame> to_embed_frame(const inference::EmbeddingRequest& request);

}  // namespace b3iq::runtimes

// A chat request in the worker's terms. Pure.
#pragma once

#include "base/result.h"
#include "inference/chat.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {

// Errors: unsupported_parameter for what no text model can take (images, audio, files, unknown
// members that may change the answer), invalid_request past the limits of worker_frame.h.
base::Result<ChatFrame> to_chat_frame(const inference::ChatRequest& request);

}  // namespace b3iq::runtimes

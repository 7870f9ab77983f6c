// The caller's body as the upstream gets it: its own bytes, with only what must change replaced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inference/chat.h"
#include "runtimes/openai/server_profile.h"

namespace b3iq::runtimes {

// Pieces that point into request.body and into `owned`. Not movable while the pieces are in use.
struct UpstreamBody {
  std::vector<std::string_view> pieces;
  std::string model;           // JSON string, when the caller used another name
  std::string limit;           // the max_tokens member that the node imposes
  std::string repeat_penalty;  // the member's name and colon in the server's word
  std::string cache_salt;      // its member, or what goes before the caller's own
};

// Changes, each only where needed: `model` becomes request.runtime_model; `b3iq` goes; a stream
// asks for its usage (stream_options.include_usage: true), so that it can be metered; a limit that
// the node imposes is put in as max_tokens; repeat_penalty gets the server's name; cache_salt,
// where the server takes it, is the request's partition, with the caller's own behind it: a caller
// may part its prompts further, but never reach those of others. `request.body` is the text that
// `request` was decoded from.
void make_upstream_body(const inference::ChatRequest& request, ServerProfile profile,
                        UpstreamBody& out);

}  // namespace b3iq::runtimes

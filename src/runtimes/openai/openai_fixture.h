// For tests of the OpenAI adapter: a runtime on a loop, and what its upstreams say.
#pragma once

#include <string>

#include "runtimes/openai/openai_runtime.h"
#include "runtimes/upstream/runtime_on_loop.h"
#include "runtimes/upstream/scripted_upstream.h"

namespace b3iq::runtimes {

using RuntimeOnLoop = RuntimeOnLoopOf<OpenAiRuntime, OpenAiConfig>;

inline const std::string kPlainBody =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}], "x_order" : 1.50 })";
inline const std::string kStreamBody =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";
inline const std::string kAnswer =
    R"({"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}})";
inline const std::string kRoleEvent =
    R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    "\n\n";
inline const std::string kTextEvent =
    R"(data: {"id":"c1","choices":[{"index":0,"delta":{"content":"hel"},"finish_reason":null}]})"
    "\n\n";
inline const std::string kFinishEvent =
    R"(data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
inline const std::string kUsageEvent =
    R"(data: {"id":"c1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})"
    "\n\n";
inline const std::string kDoneEvent = "data: [DONE]\n\n";

}  // namespace b3iq::runtimes

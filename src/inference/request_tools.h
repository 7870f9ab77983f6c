// The members `tools`, `tool_choice` and `response_format` of a chat completion request.
#pragma once

#include "base/result.h"
#include "inference/chat.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::inference {

inline constexpr std::size_t kMaxTools = 128;  // OpenAI's

base::Status decode_tools(json::Value value, const Path& path, ChatRequest& request);
base::Status decode_tool_choice(json::Value value, const Path& path, ChatRequest& request);
base::Status decode_response_format(json::Value value, const Path& path, ChatRequest& request);

// After all members were read: a choice needs tools, and a named one needs its tool.
base::Status check_tool_choice(const ChatRequest& request);

}  // namespace b3iq::inference

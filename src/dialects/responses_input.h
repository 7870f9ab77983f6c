// The `input` of POST /v1/responses as chat messages.
#pragma once

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {

inline constexpr std::size_t kMaxInputItems = 4096;

// Writes the elements of a chat request's `messages`: `input` is a text or a list of items, each a
// message, a function_call or a function_call_output. Calls join the assistant's message before
// them. Items of type "reasoning" are dropped: no chat template takes them back. Errors name the
// item: "input[2].content[0].type".
base::Status write_input(json::Writer& w, json::Value input, const inference::Path& path);

}  // namespace b3iq::dialects

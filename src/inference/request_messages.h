// The `messages` member of a chat completion request.
#pragma once

#include "base/result.h"
#include "inference/chat.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::inference {

inline constexpr std::size_t kMaxMessages = 4096;
inline constexpr std::size_t kMaxContentParts = 2048;  // of one message

// Fills request.messages, request.owned, and request.unknown_members with message members that are
// not known here.
base::Status decode_messages(json::Value value, const Path& path, ChatRequest& request);

}  // namespace b3iq::inference

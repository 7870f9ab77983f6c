// Tools and the format of the text, from the words of POST /v1/responses into those of a chat.
#pragma once

#include "base/result.h"
#include "json/json.h"

namespace b3iq::dialects {

// `root` is the request. Writes tools, tool_choice. Tools of type function only.
base::Status write_tools(json::Writer& w, json::Value root);

// Writes response_format and verbosity out of `text`.
base::Status write_format(json::Writer& w, json::Value root);

}  // namespace b3iq::dialects

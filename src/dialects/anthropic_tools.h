// `tools`, `tool_choice` and `output_config` of Anthropic's body as members of OpenAI's.
#pragma once

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {

// Each writes whole members (tools; tool_choice and parallel_tool_calls; response_format).
base::Status write_anthropic_tools(json::Writer& w, json::Value tools, const inference::Path& path);
base::Status write_anthropic_tool_choice(json::Writer& w, json::Value choice,
                                         const inference::Path& path);
base::Status write_anthropic_output(json::Writer& w, json::Value config,
                                    const inference::Path& path);

}  // namespace b3iq::dialects

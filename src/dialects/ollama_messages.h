// Messages of Ollama's dialect as OpenAI's.
//
// A tool's result names the call it answers by its id, or by the tool's name, or by nothing: calls
// without an id get one here, and a result answers the first open call that fits.
#pragma once

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {

// Both write one array. Errors: invalid_request, unsupported_parameter.
base::Status write_ollama_messages(json::Writer& w, json::Value messages);
// `body` is that of /api/generate: its system, prompt and images.
base::Status write_ollama_prompt(json::Writer& w, json::Value body);

}  // namespace b3iq::dialects

// `options` of Ollama's body as members of OpenAI's.
#pragma once

#include "base/result.h"
#include "inference/request_fields.h"
#include "json/json.h"

namespace b3iq::dialects {

// Writes whole members.
base::Status write_ollama_options(json::Writer& w, json::Value options,
                                  const inference::Path& path);

}  // namespace b3iq::dialects

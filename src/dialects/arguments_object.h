// Arguments of a tool call as a JSON object, for dialects that tell them parsed.
#pragma once

#include <string_view>

#include "json/json.h"

namespace b3iq::dialects {

// Writes one value. None is {}; what is no JSON object (a model may write anything, or be cut off)
// is kept as it is in a member called unparsed_arguments.
void write_arguments_object(json::Writer& w, std::string_view arguments);

}  // namespace b3iq::dialects

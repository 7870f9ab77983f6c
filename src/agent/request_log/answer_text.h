// The text of an answer, for the owner's eyes: what was said, and tool calls as "→ name arguments".
#pragma once

#include <string>
#include <string_view>

#include "inference/runtime.h"

namespace b3iq::agent {

// Of a step of a stream, typed or relayed. Events that cannot be read add nothing.
void append_answer_text(std::string& out, const inference::StreamStep& step);
// Of a whole answer, likewise.
void append_answer_text(std::string& out, const inference::ChatAnswer& answer);

}  // namespace b3iq::agent

// A whole chat completion as the events that a client of a stream expects.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::client {

// One chat.completion.chunk with each choice's whole message, one with the reasons why they ended,
// with `include_usage` one with the usage, and [DONE]. Error: upstream_failed for what is no chat
// completion.
base::Result<std::string> events_of_answer(std::string_view answer, bool include_usage);

}  // namespace b3iq::client

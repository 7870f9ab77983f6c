// How the outcome of each kind of command is written and read. Private to command_result.cc and
// outcome_codec.cc.
#pragma once

#include "base/result.h"
#include "json/json.h"
#include "protocol/messages/command_result.h"

namespace b3iq::protocol {

void write_outcome(json::Writer& writer, const CommandOutcome& outcome);
// Strict. Errors: invalid_request naming the member.
base::Result<CommandOutcome> decode_outcome(CommandKind kind, json::Value value);

}  // namespace b3iq::protocol

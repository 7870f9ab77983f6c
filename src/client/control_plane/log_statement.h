// Which receipt log a control plane calls its own: GET /v1/log, verified.
#pragma once

#include <string_view>

#include "base/result.h"
#include "protocol/ids.h"
#include "protocol/transparency/signed_note.h"

namespace b3iq::client {

struct LogStatement {
  protocol::ControlPlaneId control_plane;
  protocol::NoteVerifier log;
};

// It is signed by the control plane that it names; whether that is the one you mean is for pins.
// Errors: invalid_json, invalid_request, invalid_signature.
base::Result<LogStatement> read_log_statement(std::string_view text);

}  // namespace b3iq::client

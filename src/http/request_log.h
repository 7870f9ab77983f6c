// Requests in the program's own log.
#pragma once

#include "http/server.h"

namespace b3iq::http {

// One line at level debug for a finished request: id, operation, status, code, bytes, time. No
// path, no header, no body. For the server's observer.
void log_finished(const Finished& finished);

}  // namespace b3iq::http

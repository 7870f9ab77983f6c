// Error answers: status, Retry-After where waiting helps, WWW-Authenticate where a credential does.
#pragma once

#include <string>

#include "http/message.h"

namespace b3iq::http {

// `body` as it is, with the status and headers that the error calls for.
Response error_response(const base::Error& error, std::string body);
// The native shape of errors: protocol/error_json.h.
Response native_error(const base::Error& error, const Request& request);

}  // namespace b3iq::http

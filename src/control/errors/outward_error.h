// Errors as they leave the control plane. What its database says may name hosts, ports and files:
// that goes to the log, and outside stands a fixed text. The only way from an error to an answer of
// this program. Any thread.
#pragma once

#include "base/error.h"
#include "http/error_response.h"
#include "http/message.h"
#include "protocol/messages/managed_error.h"

namespace b3iq::control {

// The native error body.
http::Response outward_error(const base::Error& error, const http::Request& request);
// How refusals look to a node: protocol/messages/managed_error.h.
http::Response outward_refusal(const base::Error& error, const protocol::ManagedErrorFacts& facts,
                               const http::Request& request);

}  // namespace b3iq::control

// What went wrong between the node and its control plane, said so that its owner knows what to do.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/sync/control_address.h"
#include "base/error.h"
#include "protocol/messages/managed_error.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxToldBytes = 400;  // of another program's text

// Of http::Client: nothing came back. Code: control_plane_unreachable, or cancelled as it was.
base::Error network_failure(const ControlAddress& address, const base::Error& error);

// A request that was not granted, and what the node can mend itself with.
struct Refusal {
  base::Error error;
  protocol::ManagedErrorFacts facts{};
};

// An answer that is no success. `retry_after` is the header's value, "" for none. An error body of
// the protocol keeps its code, with the step that helps behind it; everything else, a redirect
// among it, is control_plane_unreachable.
Refusal answered_failure(const ControlAddress& address, int status, std::string_view body,
                         std::string_view retry_after);

// An answer that is none of the protocol: of another program, or garbled on the way.
base::Error strange_answer(const ControlAddress& address, std::string_view what);

}  // namespace b3iq::agent

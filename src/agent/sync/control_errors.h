// What went wrong between the node and its control plane, said so that its owner knows what to do.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/sync/control_address.h"
#include "base/error.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxToldBytes = 400;  // of another program's text

// Of http::Client: nothing came back. Code: control_plane_unreachable, or cancelled as it was.
base::Error network_failure(const ControlAddress& address, const base::Error& error);

// An answer that is no success. `retry_after` is the header's value, "" for none. An error body of
// ours keeps its code, with the step that helps behind it; everything else, a redirect among it, is
// control_plane_unreachable.
base::Error answered_failure(const ControlAddress& address, int status, std::string_view body,
                             std::string_view retry_after);

// An answer that is none of the protocol: of another program, or garbled on the way.
base::Error strange_answer(const ControlAddress& address, std::string_view what);

// The number behind `name` and "=" at the beginning of an error's detail: how the control plane
// tells skew_seconds and last_sequence.
std::optional<std::int64_t> told_number(std::string_view detail, std::string_view name);

}  // namespace b3iq::agent

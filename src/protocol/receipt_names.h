// Wire names of a receipt's closed sets, in the order of their enums. Private to receipt*.cc.
#pragma once

#include <array>
#include <string_view>

#include "protocol/wire_names.h"

namespace b3iq::protocol {

inline constexpr std::array<std::string_view, 3> kDispatchModeNames = {"local", "pooled_sync",
                                                                       "private_job"};
inline constexpr std::array<std::string_view, 2> kPrivacyClassNames = {"none", "private_transport"};
inline constexpr std::array<std::string_view, 6> kReceiptFinishNames = {
    "stop", "length", "tool_calls", "content_filter", "cancelled", "error"};

}  // namespace b3iq::protocol

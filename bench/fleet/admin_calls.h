// The little of the admin API that the simulator uses: enrollment tokens and commands.
#pragma once

#include <string>
#include <string_view>

#include "protocol/ids.h"

namespace b3iq::fleet {

inline constexpr std::string_view kAdminTokensPath = "/v1/admin/enrollment-tokens";
std::string token_request_body();
// "" when the answer holds none.
std::string token_of_answer(std::string_view body);

inline constexpr std::string_view kAdminCommandsPath = "/v1/admin/commands";
// agent_update_check: the command whose work is none.
std::string command_request_body(const protocol::NodeId& node);

}  // namespace b3iq::fleet

// What config.json calls a kind of runtime.
#pragma once

#include <string_view>

#include "agent/settings.h"

namespace b3iq::agent {

std::string_view runtime_kind_name(RuntimeKind kind);

}  // namespace b3iq::agent

// Arguments can be read by every user of the machine: a secret among them is refused, unread.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace b3iq::client {

// What to tell of the first argument that holds one of B3IQ's secrets, without showing it.
std::optional<std::string> secret_among(std::span<const char* const> arguments);

}  // namespace b3iq::client

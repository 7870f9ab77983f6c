// The systemd unit of a node. packaging/systemd/b3iq-host.service is this text for a system service
// of the Debian package; a test compares them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace b3iq::agent {

enum class ServiceScope : std::uint8_t { system, user };

struct ServiceUnit {
  ServiceScope scope = ServiceScope::system;
  std::string program;  // absolute path of b3iq-host
  std::string home;     // absolute path of the node's folder
};

inline constexpr std::string_view kServiceName = "b3iq-host.service";
inline constexpr std::string_view kServiceUser = "b3iq";

std::string unit_text(const ServiceUnit& unit);

}  // namespace b3iq::agent

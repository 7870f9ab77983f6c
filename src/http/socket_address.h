// Numeric addresses to and from the kernel's form.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace b3iq::http {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Only numeric hosts ("127.0.0.1", "::1", "[::1]").
std::optional<SocketAddress> numeric_address(std::string_view host, std::uint16_t port);
// Without port; IPv4-mapped IPv6 as IPv4. "" for other families.
std::string host_text(const SocketAddress& address);
std::uint16_t port_of(const SocketAddress& address);
bool is_loopback(const SocketAddress& address);

}  // namespace b3iq::http

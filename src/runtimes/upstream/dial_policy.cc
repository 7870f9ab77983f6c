#include "runtimes/upstream/dial_policy.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace b3iq::runtimes {
namespace {

// Metadata services that do not stand on a link-local address.
constexpr std::array<std::string_view, 5> kMetadataAddresses = {
    "100.100.100.200",  // Alibaba Cloud
    "168.63.129.16",    // Azure
    "192.0.0.192",      // Oracle Cloud
    "fd00:ec2::254",    // AWS
    "fd20:ce::254",     // Google Cloud
};

constexpr std::string_view kMappedPrefix = "::ffff:";

base::Error refuse(std::string_view address, std::string_view reason) {
  std::string detail = "The runtime's address ";
  detail.append(address)
      .append(" is refused: ")
      .append(reason)
      .append(". Set the runtime's base_url to the server itself.");
  return base::Error(base::ErrorCode::runtime_unreachable, std::move(detail));
}

std::string text_of(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (address.sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  }
  if (bytes == nullptr ||
      ::inet_ntop(address.sa_family, bytes, text.data(), text.size()) == nullptr) {
    return {};
  }
  return text.data();
}

// An address of one of this machine's interfaces. Asked only about the node's own port.
bool is_of_this_machine(std::string_view bare_address) {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr != nullptr && text_of(*each->ifa_addr) == bare_address) return true;
  }
  return false;
}

bool is_numeric(std::string_view host) {
  in6_addr parsed{};
  const std::string text(host);
  return ::inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

base::Status check_dial(std::string_view numeric_address, std::uint16_t port,
                        std::uint16_t own_port) {
  std::string_view bare = numeric_address;
  if (bare.starts_with(kMappedPrefix)) bare.remove_prefix(kMappedPrefix.size());
  if (std::ranges::find(kMetadataAddresses, bare) != kMetadataAddresses.end()) {
    return refuse(numeric_address, "it is a cloud metadata service");
  }
  switch (http::classify_address(numeric_address)) {
    case http::AddressClass::loopback:
      if (own_port != 0 && port == own_port) {
        return refuse(numeric_address, "it is this node's own port");
      }
      return {};
    case http::AddressClass::private_network:
    case http::AddressClass::public_network:
      if (own_port != 0 && port == own_port && is_of_this_machine(bare)) {
        return refuse(numeric_address, "it is this node's own port");
      }
      return {};
    case http::AddressClass::link_local:
      return refuse(numeric_address, "link-local addresses carry metadata services");
    case http::AddressClass::other:
      break;
  }
  return refuse(numeric_address, "no server can stand there");
}

base::Status check_configured_dial(std::string_view host, std::string_view numeric_address,
                                   std::uint16_t port, std::uint16_t own_port) {
  const bool loopback = http::classify_address(numeric_address) == http::AddressClass::loopback;
  if (is_localhost(host) && !loopback) {
    return refuse(numeric_address, "localhost must be this machine");
  }
  const bool others_name =
      !is_numeric(host) && !is_localhost(host) && host.find('.') != std::string_view::npos;
  if (others_name && loopback) {
    return refuse(numeric_address,
                  "the name of another machine resolves to this one; if this machine is meant, "
                  "write localhost");
  }
  return check_dial(numeric_address, port, own_port);
}

http::AddressPolicy dial_policy(std::string host, std::uint16_t own_port) {
  return [host = std::move(host), own_port](std::string_view address, std::uint16_t port) {
    return check_configured_dial(host, address, port, own_port);
  };
}

http::AddressPolicy loopback_policy(std::uint16_t own_port) {
  return [own_port](std::string_view address, std::uint16_t port) -> base::Status {
    if (http::classify_address(address) != http::AddressClass::loopback) {
      return refuse(address, "probes look at this machine only");
    }
    return check_dial(address, port, own_port);
  };
}

}  // namespace b3iq::runtimes

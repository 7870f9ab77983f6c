#include "runtimes/upstream/dial_policy.h"

#include <algorithm>
#include <array>
#include <string>

#include "http/client.h"

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
      return {};
    case http::AddressClass::link_local:
      return refuse(numeric_address, "link-local addresses carry metadata services");
    case http::AddressClass::other:
      break;
  }
  return refuse(numeric_address, "no server can stand there");
}

}  // namespace b3iq::runtimes

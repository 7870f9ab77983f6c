// Where a request goes: origins and address classes.
#include <arpa/inet.h>

#include <algorithm>

#include "http/client.h"
#include "http/http_text.h"
#include "http/socket_address.h"

namespace b3iq::http {
namespace {

constexpr std::size_t kMaxHostBytes = 253;

base::Error bad_url(std::string_view url, const char* what) {
  return {base::ErrorCode::config_invalid,
          "the address \"" + std::string(url.substr(0, 200)) + "\" " + what};
}

bool valid_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

AddressClass classify_v4(std::uint32_t a) {
  const auto in = [a](std::uint32_t network, int bits) {
    return (a >> (32 - bits)) == (network >> (32 - bits));
  };
  if (in(0x7F000000, 8)) return AddressClass::loopback;
  if (in(0x0A000000, 8) || in(0xAC100000, 12) || in(0xC0A80000, 16))
    return AddressClass::private_network;
  if (in(0x64400000, 10)) return AddressClass::private_network;  // shared address space (RFC 6598)
  if (in(0xA9FE0000, 16)) return AddressClass::link_local;
  // "This network", protocol assignments, benchmarks, multicast, reserved, broadcast.
  if (in(0, 8) || in(0xC0000000, 24) || in(0xC6120000, 15) || in(0xE0000000, 3))
    return AddressClass::other;
  return AddressClass::public_network;
}

}  // namespace

base::Result<Origin> parse_origin(std::string_view url) {
  Origin origin;
  std::string_view rest = url;
  if (rest.substr(0, 7) == "http://") {
    rest.remove_prefix(7);
  } else if (rest.substr(0, 8) == "https://") {
    origin.tls = true;
    rest.remove_prefix(8);
  } else {
    return bad_url(url, "does not begin with http:// or https://");
  }
  const auto slash = rest.find('/');
  auto authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) origin.prefix = rest.substr(slash);
  while (!origin.prefix.empty() && origin.prefix.back() == '/') origin.prefix.pop_back();
  if (!all_of_class(origin.prefix, kTargetChar) || origin.prefix.find('?') != std::string::npos) {
    return bad_url(url, "has a query, a fragment or a character that must be percent-encoded");
  }
  if (authority.find('@') != std::string_view::npos)
    return bad_url(url, "holds user information, which is not taken");

  auto port_text = std::string_view();
  bool has_port = false;
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return bad_url(url, "has a broken IPv6 address");
    origin.host = authority.substr(1, close - 1);
    if (origin.host.find(':') == std::string::npos || !numeric_address(origin.host, 0)) {
      return bad_url(url, "has a broken IPv6 address");
    }
    authority.remove_prefix(close + 1);
    has_port = !authority.empty();
    if (has_port && authority.front() != ':')
      return bad_url(url, "has something between address and port");
    if (has_port) port_text = authority.substr(1);
  } else {
    const auto colon = authority.find(':');
    origin.host = authority.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port_text = authority.substr(colon + 1);
    if (!valid_name(origin.host)) return bad_url(url, "has no valid host name");
    std::transform(origin.host.begin(), origin.host.end(), origin.host.begin(), lower);
  }
  origin.port = origin.tls ? 443 : 80;
  if (has_port) {
    const auto port = parse_content_length(port_text);
    if (!port || *port == 0 || *port > 65535) return bad_url(url, "has no valid port");
    origin.port = static_cast<std::uint16_t>(*port);
  }
  return origin;
}

AddressClass classify_address(std::string_view numeric) {
  const auto address = numeric_address(numeric, 0);
  if (!address) return AddressClass::other;
  // host_text unwraps IPv4-mapped forms.
  in_addr v4{};
  if (inet_pton(AF_INET, host_text(*address).c_str(), &v4) == 1)
    return classify_v4(ntohl(v4.s_addr));
  const auto& v6 = reinterpret_cast<const sockaddr_in6*>(&address->storage)->sin6_addr;
  if (IN6_IS_ADDR_LOOPBACK(&v6)) return AddressClass::loopback;
  if (IN6_IS_ADDR_LINKLOCAL(&v6)) return AddressClass::link_local;
  if ((v6.s6_addr[0] & 0xFE) == 0xFC) return AddressClass::private_network;  // unique local
  // NAT64 and 6to4 carry an IPv4 address that the other end will reach.
  if (v6.s6_addr[0] == 0x00 && v6.s6_addr[1] == 0x64 && v6.s6_addr[2] == 0xFF &&
      v6.s6_addr[3] == 0x9B) {
    return AddressClass::other;
  }
  if (v6.s6_addr[0] == 0x20 && v6.s6_addr[1] == 0x02) return AddressClass::other;
  // Only 2000::/3 is handed out as global unicast.
  return (v6.s6_addr[0] & 0xE0) == 0x20 ? AddressClass::public_network : AddressClass::other;
}

}  // namespace b3iq::http

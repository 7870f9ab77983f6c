#include "control/limits/client_address.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";

}  // namespace

std::string_view client_address(const http::Request& request,
                                const std::vector<AddressRange>& trusted_proxies) {
  std::string_view client = request.peer_address;
  if (trusted_proxies.empty() || !contains(trusted_proxies, client)) return client;
  // A proxy may add a line of its own instead of a part: the last line is the nearest proxy's.
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (!http::find_header({*header}, "X-Forwarded-For")) continue;
    std::string_view rest = header->value;
    while (!rest.empty()) {
      const auto comma = rest.rfind(',');
      const auto part =
          base::trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!parse_address(part)) return client;
      client = part;
      if (!contains(trusted_proxies, client)) return client;
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace b3iq::control

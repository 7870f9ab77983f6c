#include "control/limits/client_address.h"

#include "base/text.h"
#include "http/http_text.h"

namespace b3iq::control {

namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";

}  // namespace

std::string_view client_address(const http::Request& request,
                                const std::vector<AddressRange>& trusted_proxies) {
  if (trusted_proxies.empty() || !contains(trusted_proxies, request.peer_address))
    return request.peer_address;
  std::string_view client = request.peer_address;
  // From the last header to the first: a proxy adds to the end.
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (!http::equal_ignoring_case(header->name, kForwardedFor)) continue;
    auto rest = header->value;
    while (!rest.empty()) {
      const auto comma = rest.rfind(',');
      const auto named =
          base::trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      if (!parse_address(named)) return client;
      client = named;
      if (!contains(trusted_proxies, client)) return client;
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace b3iq::control

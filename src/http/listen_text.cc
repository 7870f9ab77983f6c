#include "http/listen_text.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <string>

namespace b3iq::http {

using base::Error;
using base::ErrorCode;

base::Result<ListenAddress> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  const auto digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const bool bad_port = failure != std::errc() || end != digits.data() + digits.size();
  const std::string name(host);
  in6_addr parsed{};
  const bool numeric = ::inet_pton(AF_INET, name.c_str(), &parsed) == 1 ||
                       ::inet_pton(AF_INET6, name.c_str(), &parsed) == 1;
  if (bad_port || !numeric) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("'{}' is no address to listen on. Give a numeric address and a port: "
                             "127.0.0.1:8831 or [::1]:8831.",
                             text),
                 "listen");
  }
  return ListenAddress{name, port};
}

}  // namespace b3iq::http

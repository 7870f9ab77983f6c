#include "agent/sync/control_address.h"

#include <fmt/format.h>

#include "agent/sync/enrollment_record.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kParam = "control_plane_url";

bool is_loopback(const std::string& host) {
  return host == "localhost" || http::classify_address(host) == http::AddressClass::loopback;
}

}  // namespace

Result<ControlAddress> parse_control_address(std::string_view url) {
  const auto wrong = [](std::string detail) {
    return Error(ErrorCode::invalid_request, std::move(detail), std::string(kParam));
  };
  if (url.empty() || url.size() > kMaxControlPlaneUrlBytes)
    return wrong("Give the control plane's address, such as https://control.example");
  auto origin = http::parse_origin(url);
  if (!origin.ok()) {
    return wrong(fmt::format("{}. Give it as https://control.example", origin.error().detail));
  }
  if (!origin->tls && !is_loopback(origin->host)) {
    return wrong(
        "A control plane is spoken to over https. http is taken only for one on this machine "
        "(127.0.0.1, ::1 or localhost).");
  }
  std::string text(url);
  while (text.back() == '/') text.pop_back();
  return ControlAddress{std::move(text), std::move(origin).value()};
}

}  // namespace b3iq::agent

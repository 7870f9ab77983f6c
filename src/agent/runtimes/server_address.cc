#include "agent/runtimes/server_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "http/client.h"
#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::string_view kLoopback = "127.0.0.1";

Error refused(std::string detail) {
  return {ErrorCode::invalid_request, std::move(detail), "base_url"};
}

bool is_numeric(const std::string& host) {
  in6_addr parsed{};
  return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

}  // namespace

Status check_server_address(const RuntimeSettings& settings, std::uint16_t own_port) {
  // Not quoted: what stands before the @ may be a password.
  if (settings.base_url.find('@') != std::string::npos) {
    return refused(
        "The base_url has an @: user names and passwords are not taken there. Give a key as "
        "api_key.");
  }
  const auto origin = http::parse_origin(settings.base_url);
  if (!origin.ok()) return refused("The base_url cannot be used: " + origin.error().detail + ".");
  std::string address = origin->host;
  if (address == "localhost") address = kLoopback;
  if (!is_numeric(address)) return {};
  auto allowed = runtimes::check_configured_dial(origin->host, address, origin->port, own_port);
  if (!allowed.ok()) return refused(std::move(allowed).error().detail);
  return {};
}

std::string server_identity(const RuntimeSettings& settings) {
  const auto origin = http::parse_origin(settings.base_url);
  if (!origin.ok()) return {};
  auto prefix = origin->prefix;
  if (prefix.empty() && settings.kind != RuntimeKind::ollama) prefix = "/v1";
  const auto host = origin->host == "localhost" ? kLoopback : std::string_view(origin->host);
  return fmt::format("{}://{}:{}{}", origin->tls ? "https" : "http", host, origin->port, prefix);
}

Error about_request(Error error) {
  if (error.code != ErrorCode::config_invalid) return error;
  error.code = ErrorCode::invalid_request;
  if (error.param == "api_key_file") {
    error.param = "api_key";
    error.detail = "The api_key has spaces, line ends or non-ASCII bytes; give the bare key.";
  }
  return error;
}

}  // namespace b3iq::agent

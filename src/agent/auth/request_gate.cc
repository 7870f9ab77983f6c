#include "agent/auth/request_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

struct HostPort {
  std::string_view host;
  std::uint16_t port;
};

std::optional<HostPort> split_host(std::string_view text, std::uint16_t default_port) {
  const auto colon = text.rfind(':');
  const bool bracketed_only = text.ends_with(']');
  if (colon == std::string_view::npos || bracketed_only) return HostPort{text, default_port};
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return HostPort{text.substr(0, colon), port};
}

bool names_this_node(const GateRules& rules, std::string_view host_port,
                     std::uint16_t default_port) {
  const auto split = split_host(host_port, default_port);
  if (!split) return false;
  // A tunnel's near end has a port of its own choice. No foreign page gets a loopback name into its
  // Host, whatever the port.
  for (const std::string_view loopback : {"localhost", "127.0.0.1", "[::1]"}) {
    if (equal_ignoring_case(split->host, loopback)) return true;
  }
  if (split->port != rules.port) return false;
  return std::any_of(
      rules.host_names.begin(), rules.host_names.end(),
      [&](const std::string& name) { return equal_ignoring_case(split->host, name); });
}

// A page that this node gave, asked for at the address that the request names: browsers send both
// alike, with the port left out where it is the scheme's own.
bool own_origin(std::string_view host, std::string_view origin, bool tls) {
  const std::string_view scheme = tls ? "https://" : "http://";
  const auto default_port = tls ? kHttpsPort : kHttpPort;
  if (!origin.starts_with(scheme)) return false;
  const auto asked = split_host(host, default_port);
  const auto page = split_host(origin.substr(scheme.size()), default_port);
  return asked && page && asked->port == page->port && equal_ignoring_case(asked->host, page->host);
}

std::optional<std::string_view> listed_origin(const GateRules& rules,
                                              const http::Request& request) {
  const auto origin = request.header("origin");
  if (!origin) return std::nullopt;
  const auto& list = rules.allowed_origins;
  if (std::find(list.begin(), list.end(), *origin) == list.end()) return std::nullopt;
  return origin;
}

// A preflight asks for these; the node's routes need no others.
constexpr std::string_view kAllowedMethods = "GET, POST, DELETE";
constexpr std::string_view kAllowedHeaders =
    "authorization, content-type, x-request-id, x-api-key, anthropic-version, anthropic-beta, "
    "anthropic-dangerous-direct-browser-access, traceparent";
// OpenAI's and Anthropic's packages tell of themselves in headers that begin so.
constexpr std::string_view kClientHeaderPrefix = "x-stainless-";
constexpr std::size_t kMaxAskedHeaderBytes = 1024;
constexpr std::string_view kExposedHeaders =
    "x-request-id, retry-after, retry-after-ms, x-ratelimit-limit-requests, "
    "x-ratelimit-remaining-requests, "
    "x-ratelimit-reset-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, "
    "x-ratelimit-reset-tokens";

bool is_client_header(std::string_view name) {
  return name.starts_with(kClientHeaderPrefix) && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// The headers that the node's routes know, and of those that were asked for the packages' own.
std::string allowed_headers(const http::Request& request) {
  std::string allowed(kAllowedHeaders);
  auto asked = request.header("access-control-request-headers").value_or("");
  if (asked.size() > kMaxAskedHeaderBytes) return allowed;
  while (!asked.empty()) {
    const auto name = asked.substr(0, asked.find(','));
    asked.remove_prefix(std::min(asked.size(), name.size() + 1));
    const auto trimmed = base::trimmed(name);
    if (is_client_header(trimmed)) allowed.append(", ").append(trimmed);
  }
  return allowed;
}

}  // namespace

void allow_listed_origin(const GateRules& rules, const http::Request& request,
                         http::Response& response) {
  if (rules.allowed_origins.empty()) return;
  const auto origin = listed_origin(rules, request);
  if (!origin) return;
  response.headers.push_back({"Access-Control-Allow-Origin", std::string(*origin)});
  response.headers.push_back({"Vary", "Origin"});
  response.headers.push_back({"Access-Control-Expose-Headers", std::string(kExposedHeaders)});
  if (request.method != http::Method::options || !request.header("access-control-request-method"))
    return;
  response.status = 204;
  response.body = std::string();
  response.headers.push_back({"Access-Control-Allow-Methods", std::string(kAllowedMethods)});
  response.headers.push_back({"Access-Control-Allow-Headers", allowed_headers(request)});
  response.headers.push_back({"Access-Control-Max-Age", "600"});
  if (request.header("access-control-request-private-network")) {
    response.headers.push_back({"Access-Control-Allow-Private-Network", "true"});
  }
  if (request.header("access-control-request-local-network")) {
    response.headers.push_back({"Access-Control-Allow-Local-Network", "true"});
  }
}

Status check_request(const GateRules& rules, const http::Request& request) {
  const auto host = request.header("host");
  if (!host || !names_this_node(rules, *host, request.tls ? kHttpsPort : kHttpPort)) {
    return Error(ErrorCode::host_not_allowed,
                 "The Host header does not name this node. Use http://127.0.0.1 or "
                 "http://localhost with the node's port, "
                 "or add the name to `allowed_hosts` in config.json.");
  }
  if (listed_origin(rules, request)) return {};
  if (const auto origin = request.header("origin");
      origin && !own_origin(*host, *origin, request.tls)) {
    return Error(ErrorCode::origin_not_allowed,
                 "A page of another origin may not call this node. Add its exact origin to "
                 "`allowed_origins` in "
                 "config.json if you trust it.");
  }
  if (const auto site = request.header("sec-fetch-site");
      site && *site != "same-origin" && *site != "none") {
    return Error(ErrorCode::origin_not_allowed,
                 "The browser says that another site made this request. Open the node's own "
                 "address instead.");
  }
  return {};
}

}  // namespace b3iq::agent

#include "client/proxy/proxy_app.h"

#include <fmt/format.h>

#include "http/blocking_task.h"
#include "http/http_text.h"
#include "http/listen_text.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

// How long open requests may go on, and then their cancellations.
constexpr std::int64_t kDrainMs = 1'000;
constexpr std::int64_t kCancelMs = 5'000;
constexpr std::int64_t kLookMs = 20;

// A page of another site cannot get a loopback name into its Host (rebinding).
Status check_host(const http::Request& request) {
  auto host = request.header("host").value_or("");
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) host = host.substr(0, colon);
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"})
    if (http::equal_ignoring_case(host, name)) return {};
  return Error(ErrorCode::host_not_allowed,
               "This proxy is for programs of its own machine: ask for http://127.0.0.1.");
}

std::vector<http::Header> headers_of_all() {
  return {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace

Result<std::unique_ptr<ProxyApp>> ProxyApp::open(ProxySettings settings, CustomerAccess access,
                                                 PinBook pins, ProxyToken token) {
  TRY(auto listen, http::parse_listen(settings.listen));
  if (http::classify_address(listen.host) != http::AddressClass::loopback) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("{} can be reached from other machines. What the proxy is sent is not "
                             "sealed yet: use 127.0.0.1 or [::1].",
                             settings.listen),
                 "--listen");
  }
  return std::unique_ptr<ProxyApp>(new ProxyApp(std::move(settings), std::move(listen),
                                                std::move(access), std::move(pins), token));
}

ProxyApp::ProxyApp(ProxySettings settings, http::ListenAddress listen, CustomerAccess access,
                   PinBook pins, const ProxyToken& token)
    : listen_(std::move(listen)),
      access_(std::move(access)),
      pins_(std::move(pins)),
      auth_(token.secret),
      api_(loop_, access_),
      jobs_({.loop = loop_,
             .api = api_,
             .pins = pins_,
             .clock = base::system_clock(),
             .random = base::system_random()}),
      routes_(jobs_, api_, auth_, base::system_clock(), std::move(settings.rules)),
      router_(proxy_error) {
  routes_.add_to(router_);
}

ProxyApp::~ProxyApp() {
  server_.reset();
  loop_.settle();
}

Status ProxyApp::check_control_plane() {
  auto checked = http::run_task(loop_, jobs_.check_control_plane({}));
  if (checked.ok() || !base::error_info(checked.error().code).retryable) return checked;
  return {};
}

Status ProxyApp::listen() {
  http::ServerOptions options;
  options.listen = listen_;
  options.gate = check_host;
  options.default_headers = headers_of_all();
  TRY(server_, http::Server::start(loop_, router_, std::move(options)));
  const bool six = listen_.host.find(':') != std::string::npos;
  url_ = fmt::format("http://{}{}{}:{}", six ? "[" : "", listen_.host, six ? "]" : "",
                     server_->port());
  return {};
}

Task<void> ProxyApp::drain() {
  if (server_) co_await server_->drain(kDrainMs);
  // What was given up is told to the control plane, so that it costs nothing more.
  const auto is_at_it = [this] { return routes_.open() > 0 || jobs_.cancelling() > 0; };
  for (std::int64_t waited = 0; is_at_it() && waited < kCancelMs; waited += kLookMs)
    co_await loop_.sleep(kLookMs);
  loop_.stop();
}

}  // namespace b3iq::client

#include "agent/upkeep/start_check.h"

#include <fmt/format.h>

#include <cstring>

#include "agent/runtime_factory.h"
#include "agent/telemetry/otlp_exporter.h"
#include "agent/upkeep/port_probe.h"
#include "http/client.h"
#include "http/tls.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

Error with_param(Error error, std::string_view param) {
  if (error.param.empty()) error.param = param;
  return error;
}

Status check_tls_files(const Settings& settings) {
  if (!settings.tls) return {};
  const auto context =
      http::TlsContext::server(settings.tls->certificate_chain, settings.tls->private_key);
  if (!context.ok()) return with_param(context.error(), "tls.certificate");
  return {};
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

// The port that this process holds will be free when it starts again: on its own address, and on
// all of them. On another single address somebody else may hold it.
Status check_address(const Settings& settings, const http::ListenAddress& listening) {
  auto wanted = settings.listen;
  const bool same_host =
      wanted.host == listening.host || is_wildcard(wanted.host) || is_wildcard(listening.host);
  if (wanted.port == listening.port && same_host) wanted.port = 0;
  const int failure = try_bind(wanted);
  if (failure == 0) return {};
  return Error(ErrorCode::config_invalid,
               fmt::format("The node could not listen on {} port {}: {}. Take an address that "
                           "`ip address` shows, and a free port above 1023.",
                           wanted.host, settings.listen.port, std::strerror(failure)),
               "listen");
}

}  // namespace

Status check_node_id(const Settings& settings, const Home& home, std::string_view node_id) {
  if (settings.node_id.empty() || settings.node_id == node_id) return {};
  return Error(ErrorCode::config_invalid,
               fmt::format("config.json belongs to node {}, but the key in {} is that of {}. Put "
                           "the right key back, or remove node_id from config.json.",
                           settings.node_id, home.identity_key(), node_id),
               "node_id");
}

Status check_listen_rules(const Settings& settings, bool has_active_key) {
  if (http::classify_address(settings.listen.host) == http::AddressClass::loopback) return {};
  const auto refuse = [&](std::string_view what, std::string_view option) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("{} is reachable from other machines, so {}. Or listen on 127.0.0.1 "
                             "and use an SSH tunnel.",
                             settings.listen.host, what),
                 std::string(option));
  };
  if (!settings.allow_remote)
    return refuse("config.json must say so: \"allow_remote\": true", "allow_remote");
  if (!settings.tls)
    return refuse("TLS is needed: set tls.certificate and tls.key in config.json",
                  "tls.certificate");
  if (has_active_key) return {};
  return refuse("at least one active key is needed: b3iq-host keys create --name NAME", "listen");
}

Status check_start(const Settings& settings, const StartFacts& facts) {
  TRY_OK(check_node_id(settings, facts.home, facts.node_id));
  TRY_OK(check_listen_rules(settings, facts.has_active_key));
  TRY_OK(check_tls_files(settings));
  if (const auto servers = check_servers(settings); !servers.ok())
    return with_param(servers.error(), "runtimes");
  if (settings.telemetry.exports()) {
    if (const auto told = OtlpExporter::check(settings.telemetry); !told.ok())
      return with_param(told.error(), "telemetry.otlp_headers_file");
  }
  return check_address(settings, facts.listening);
}

}  // namespace b3iq::agent

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/doctor/doctor_checks.h"
#include "agent/setup/setup_types.h"
#include "agent/upkeep/port_probe.h"
#include "http/client.h"

namespace b3iq::agent {
namespace {

bool has_active_key(const std::vector<LocalKey>& keys, std::int64_t now_ms) {
  return std::ranges::any_of(
      keys, [&](const LocalKey& key) { return key_status(key, now_ms) == "active"; });
}

}  // namespace

void check_listener(const Home& home, const Settings& settings,
                    const std::optional<StateView>& state, std::int64_t now_ms, Diagnosis& out) {
  const auto& host = settings.listen.host;
  if (http::classify_address(host) == http::AddressClass::loopback) {
    out.good("listen.remote", "Only this machine reaches the node.");
    return;
  }
  const auto report = [&](bool good, std::string check, std::string_view need, std::string fix) {
    if (good) {
      out.good(std::move(check), host);
    } else {
      out.fault(std::move(check),
                fmt::format("{} is reachable from other machines: {}.", host, need),
                std::move(fix));
    }
  };
  report(settings.allow_remote, "listen.remote", "config.json must allow that",
         "Set \"allow_remote\": true in config.json, or listen on 127.0.0.1.");
  report(settings.tls.has_value(), "listen.tls", "TLS is needed",
         "Set tls.certificate and tls.key in config.json (docs/operating/remote.md), or listen on "
         "127.0.0.1.");
  if (state)
    report(has_active_key(state->keys, now_ms), "listen.key", "at least one active key is needed",
           make_key_fix(home));
}

void check_port(const Settings& settings, Diagnosis& out) {
  const auto& listen = settings.listen;
  const auto where = fmt::format("{} port {}", listen.host, listen.port);
  const int error = try_bind(listen);
  if (error == 0) {
    out.good("listen.port", where);
  } else if (error == EADDRINUSE) {
    out.fault("listen.port", fmt::format("Another program has {}.", where),
              fmt::format("ss -ltnp 'sport = :{}' names it: end it, or set another `listen` in "
                          "config.json.",
                          listen.port));
  } else if (error == EADDRNOTAVAIL) {
    out.fault(
        "listen.address", fmt::format("{} is no address of this machine.", listen.host),
        "Set `listen` in config.json to an address that `ip address` shows, or 127.0.0.1:8831.");
  } else {
    out.fault("listen.port", fmt::format("{} cannot be taken: {}.", where, std::strerror(error)),
              "Set `listen` in config.json to a port above 1023.");
  }
}

}  // namespace b3iq::agent

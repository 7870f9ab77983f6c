#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/doctor/doctor_checks.h"
#include "agent/setup/setup_types.h"
#include "http/client.h"

namespace b3iq::agent {
namespace {

// Binds and lets go at once, without listening. 0, or errno.
int try_bind(const http::ListenAddress& address) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_in);
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
  } else if (::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    size = sizeof(sockaddr_in6);
  } else {
    return EINVAL;
  }
  const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  // As the server does: connections that linger from the last run are no other program.
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const int rc = ::bind(fd, reinterpret_cast<const sockaddr*>(&storage), size);
  const int error = errno;
  ::close(fd);
  return rc == 0 ? 0 : error;
}

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

// The accepting side of a server.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "http/server_impl.h"
#include "http/socket_address.h"

namespace b3iq::http {
namespace {

// Connections taken before the loop's other work goes on.
constexpr int kAcceptsPerTurn = 64;
// How long accepting rests after the kernel refused for want of descriptors or memory.
constexpr std::int64_t kBackOffMs = 100;

int open_spare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

Listener::Listener(Server::Impl& server, int fd)
    : server_(server), fd_(fd), spare_fd_(open_spare()) {}

Listener::~Listener() {
  close();
  if (spare_fd_ >= 0) ::close(spare_fd_);
}

bool Listener::start() { return server_.reactor.watch(fd_, *this); }

void Listener::close() {
  if (fd_ < 0) return;
  server_.reactor.forget(fd_, *this);
  ::close(fd_);
  fd_ = -1;
  Deadline::clear();
}

void Listener::ready(std::uint32_t) { accept_some(); }

void Listener::accept_some() {
  if (fd_ < 0) return;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    SocketAddress peer;
    peer.length = sizeof peer.storage;
    const int fd = accept4(fd_, peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      if (server_.open >= server_.options.limits.max_connections) {
        server_.refuse(fd);
      } else {
        server_.accepted(fd, peer);
      }
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == EMFILE || errno == ENFILE) {
      if (shed_one()) continue;
      return back_off(EMFILE);
    }
    if (errno == ENOBUFS || errno == ENOMEM) return back_off(errno);
    // Anything else concerns the one connection that was to be accepted (ECONNABORTED, EPERM by a
    // firewall, ...).
  }
  server_.reactor.wake(*this);
}

// Out of descriptors: the spare one makes room to tell one caller so.
bool Listener::shed_one() {
  if (spare_fd_ < 0) return false;
  ::close(spare_fd_);
  const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) server_.refuse(fd);
  spare_fd_ = open_spare();
  return fd >= 0 && spare_fd_ >= 0;
}

void Listener::back_off(int error) {
  base::log(base::LogLevel::warn, "http.accept_failed",
            {{"reason", std::string_view(strerror(error))}});
  Deadline::set(server_.reactor, server_.reactor.now_ms() + kBackOffMs);
  if (spare_fd_ < 0) spare_fd_ = open_spare();
}

}  // namespace b3iq::http

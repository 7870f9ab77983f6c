#include "http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "http/connection.h"
#include "http/response_head.h"
#include "http/server_impl.h"
#include "http/socket_address.h"

namespace b3iq::http {
namespace {

constexpr int kListenBacklog = 4096;
constexpr std::int64_t kDrainStepMs = 10;

base::Error listen_error(const ListenAddress& address) {
  const int cause = errno;
  std::string detail = "cannot listen on " + address.host + " port " +
                       std::to_string(address.port) + ": " + strerror(cause) + ".";
  if (cause == EADDRINUSE) {
    detail +=
        " `ss -ltnp` names the program that has it. End that one, or choose another address "
        "(--listen ADDRESS:PORT).";
  }
  return {base::ErrorCode::config_invalid, std::move(detail)};
}

// A listening socket, or -1 with errno.
int listen_on(const SocketAddress& address, bool reuse_port) {
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (reuse_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, address.get(), address.length) != 0 || listen(fd, kListenBacklog) != 0) {
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

int open_listener(const ListenAddress& listen, const SocketAddress& address) {
  if (listen.sharing == PortSharing::first && listen.port != 0) {
    // Without SO_REUSEPORT first: a port that another program listens on must be an error, not
    // shared silently.
    const int probe = listen_on(address, false);
    if (probe < 0) return -1;
    close(probe);
  }
  return listen_on(address, listen.sharing != PortSharing::exclusive);
}

std::uint16_t bound_port(int fd) {
  SocketAddress bound;
  bound.length = sizeof bound.storage;
  getsockname(fd, bound.get(), &bound.length);
  return port_of(bound);
}

}  // namespace

Server::Impl::Impl(EventLoop& event_loop, const Router& routes, ServerOptions wanted)
    : loop(event_loop),
      reactor(event_loop.impl().reactor),
      router(routes),
      options(std::move(wanted)) {
  for (const auto& header : options.default_headers)
    append_header_line(fixed_lines, header.name, header.value);
  Request nobody;
  nobody.loop = &loop;
  const base::Error busy(base::ErrorCode::overloaded,
                         "the node has as many connections as it takes; try again soon", {}, 1000);
  Response response = router.fallback_errors()(busy, nobody);
  const auto* body = std::get_if<std::string>(&response.body);
  ResponseHead head;
  head.status = response.status;
  head.content_type = response.content_type;
  head.request_id = "none";
  head.fixed_lines = fixed_lines;
  head.content_length = body ? body->size() : 0;
  head.close = true;
  append_response_head(busy_answer, head, response.headers);
  if (body) busy_answer += *body;
}

void Server::Impl::accepted(int fd, const SocketAddress& peer) {
  std::unique_ptr<Connection> connection;
  try {
    connection = std::make_unique<Connection>(shared_from_this(), fd, peer);
  } catch (const std::bad_alloc&) {
    // This caller is dropped; the others are served on.
    close(fd);
    return;
  }
  if (!connection->registered()) return;
  try {
    Connection::serve(std::move(connection));
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
    // No room for the coroutine: the connection went with its argument.
  }
}

void Server::Impl::refuse(int fd) const {
  if (!options.tls) {
    char drop[4096];
    // What the caller has already sent is taken: unread bytes would turn the close into a reset
    // that eats the answer.
    [[maybe_unused]] const auto dropped = recv(fd, drop, sizeof drop, MSG_DONTWAIT);
    [[maybe_unused]] const auto sent =
        send(fd, busy_answer.data(), busy_answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(fd, SHUT_WR);
  }
  close(fd);
}

void Server::Impl::begin_drain() {
  draining = true;
  listener->close();
  for (auto* node = connections.front(); node != connections.end(); node = node->next()) {
    static_cast<Connection*>(node)->begin_drain();
  }
}

void Server::Impl::cancel_all() {
  for (auto* node = connections.front(); node != connections.end(); node = node->next()) {
    static_cast<Connection*>(node)->cancel();
  }
}

base::Result<std::unique_ptr<Server>> Server::start(EventLoop& loop, const Router& router,
                                                    ServerOptions options) {
  const auto address = numeric_address(options.listen.host, options.listen.port);
  if (!address) {
    return base::Error(base::ErrorCode::config_invalid,
                       "the listen address " + options.listen.host + " is not a numeric address");
  }
  auto impl = std::make_shared<Impl>(loop, router, std::move(options));
  if (impl->options.tls) {
    TRY(impl->tls,
        TlsContext::server(impl->options.tls->certificate_chain, impl->options.tls->private_key));
  }
  const int fd = open_listener(impl->options.listen, *address);
  if (fd < 0) return listen_error(impl->options.listen);
  impl->port = bound_port(fd);
  impl->listener = std::make_unique<Listener>(*impl, fd);
  if (!impl->listener->start()) return listen_error(impl->options.listen);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->listener.reset();
  impl_->draining = true;
  impl_->cancel_all();
  // With the loop at rest nobody else would let the cancelled connections end.
  if (base::Executor::current() != &impl_->loop) impl_->loop.settle();
}

std::uint16_t Server::port() const { return impl_->port; }
std::size_t Server::open_connections() const { return impl_->open; }

base::Task<void> Server::drain(std::int64_t deadline_ms) {
  auto impl = impl_;
  impl->begin_drain();
  const std::int64_t until = impl->reactor.refresh_now() + deadline_ms;
  for (const std::int64_t limit : {until, until + kDrainGraceMs}) {
    while (impl->open > 0 && impl->reactor.now_ms() < limit) {
      auto pause = impl->loop.sleep(kDrainStepMs);
      co_await std::move(pause);
    }
    impl->cancel_all();
  }
}

}  // namespace b3iq::http

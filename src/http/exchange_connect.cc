// How an exchange gets its connection: the pool, or name, policy, TCP, TLS.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "http/client_impl.h"

namespace b3iq::http {

using base::ErrorCode;

namespace {

std::string place(const Origin& origin) {
  return origin.host + " port " + std::to_string(origin.port);
}

}  // namespace

Exchange::~Exchange() {
  // Read to its end, but never asked again: the connection is as good as after the last read.
  if (connection_ && body_done_) recycle();
}

void Exchange::watch(const base::CancelToken& cancel) {
  cancel.on_cancel(on_cancel_, [this] {
    cancelled_ = true;
    // Not only when somebody reads: the answer may lie half written to a caller that takes nothing.
    if (connection_) connection_->stream.cut_off();
    interrupt();
  });
}

void Exchange::expired() {
  timed_out_ = true;
  interrupt();
}

void Exchange::interrupt() {
  if (connection_) connection_->stream.interrupt();
  if (lookup_) lookup_->abandon(client_->loop);
}

base::Error Exchange::why(ErrorCode otherwise, std::string detail) const {
  if (cancelled_) return {ErrorCode::cancelled, "the caller went away"};
  if (timed_out_) return {ErrorCode::deadline_exceeded, "the runtime did not answer in time"};
  return {otherwise, std::move(detail)};
}

bool Exchange::reuse(const Origin& origin) {
  connection_ = client_->take_idle(client_->upstream_of(origin));
  return connection_ != nullptr;
}

base::Task<base::Status> Exchange::resolve(const Origin& origin, std::vector<SocketAddress>& out) {
  if (const auto numeric = numeric_address(origin.host, origin.port)) {
    out.push_back(*numeric);
    co_return base::Status();
  }
  lookup_ = std::make_shared<Lookup>(origin.host, origin.port);
  client_->resolver.start(lookup_);
  co_await lookup_->wait();
  const auto lookup = std::exchange(lookup_, nullptr);
  if (interrupted()) co_return why(ErrorCode::runtime_unreachable, "");
  if (lookup->addresses().empty()) {
    co_return base::Error(
        ErrorCode::runtime_unreachable,
        "the host name " + origin.host + " cannot be resolved: " + lookup->failure());
  }
  out = lookup->addresses();
  co_return base::Status();
}

base::Task<base::Status> Exchange::connect(const Origin& origin) {
  after(client_->limits.connect_timeout_ms);
  std::vector<SocketAddress> addresses;
  auto resolving = resolve(origin, addresses);
  auto last = co_await std::move(resolving);
  bool connected = false;
  for (std::size_t i = 0; i < addresses.size() && !connected && !interrupted(); ++i) {
    if (client_->policy) {
      last = client_->policy(host_text(addresses[i]), origin.port);
      if (!last.ok()) continue;
    }
    auto dialling = dial(origin, addresses[i]);
    last = co_await std::move(dialling);
    connected = last.ok();
  }
  if (connected && origin.tls) {
    auto shaking = shake_hands(origin);
    last = co_await std::move(shaking);
    connected = last.ok();
  }
  Deadline::clear();
  if (cancelled_) co_return why(ErrorCode::cancelled, "");
  if (timed_out_) {
    co_return base::Error(ErrorCode::runtime_unreachable,
                          "no connection to " + place(origin) + " within " +
                              std::to_string(client_->limits.connect_timeout_ms) + " ms");
  }
  if (!connected) {
    connection_.reset();
    co_return std::move(last).error();
  }
  co_return base::Status();
}

base::Task<base::Status> Exchange::dial(const Origin& origin, const SocketAddress& address) {
  const auto refused = [&](int error) {
    connection_.reset();
    return base::Error(ErrorCode::runtime_unreachable,
                       "no connection to " + place(origin) + ": " + std::string(strerror(error)));
  };
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return refused(errno);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int started = ::connect(fd, address.get(), address.length);
  const int error = started == 0 ? 0 : errno;
  // Registered after connect(): before it the kernel would report a hang-up.
  connection_ = std::make_unique<ClientConnection>(*client_, client_->upstream_of(origin), fd);
  if (!connection_->stream.registered()) co_return refused(ENOSPC);
  if (error != 0 && error != EINPROGRESS) co_return refused(error);
  if (error == EINPROGRESS) {
    connection_->stream.expect_writable();
    co_await connection_->stream.wait_writable();
    if (interrupted()) co_return refused(ETIMEDOUT);
    int outcome = 0;
    socklen_t length = sizeof outcome;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &outcome, &length);
    if (outcome != 0) co_return refused(outcome);
  }
  co_return base::Status();
}

base::Task<base::Status> Exchange::shake_hands(const Origin& origin) {
  auto context = client_->tls_context();
  if (!context.ok()) co_return std::move(context).error();
  auto session = context.value()->connect(origin.host);
  if (!session)
    co_return base::Error(ErrorCode::runtime_unreachable,
                          "TLS cannot be set up for " + place(origin));
  Stream& stream = connection_->stream;
  stream.start_tls(std::move(session));
  for (;;) {
    const IoState state = stream.handshake();
    if (state == IoState::done) co_return base::Status();
    if (state != IoState::again) {
      const std::string& reason = stream.tls()->failure();
      co_return base::Error(ErrorCode::runtime_unreachable,
                            "no TLS connection to " + place(origin) + ": " +
                                (reason.empty() ? "the other side hung up" : reason));
    }
    co_await stream.wait_readable();
    if (interrupted()) co_return why(ErrorCode::runtime_unreachable, "");
  }
}

}  // namespace b3iq::http

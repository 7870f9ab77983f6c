#include "http/client.h"

#include <algorithm>

#include "http/client_impl.h"

namespace b3iq::http {

ClientConnection::ClientConnection(Client::Impl& client, Upstream& owner, int fd)
    : stream(client.reactor, fd),
      in(client.reactor.large_blocks()),
      upstream(owner),
      client_(client) {
  stream.listen_for_hangup(this);
}

void ClientConnection::hung_up() { client_.drop_idle(*this); }

Client::Impl::Impl(EventLoop& event_loop, ClientLimits wanted, AddressPolicy address_policy,
                   ClientTls client_tls)
    : loop(event_loop),
      reactor(event_loop.impl().reactor),
      limits(wanted),
      policy(std::move(address_policy)),
      tls(std::move(client_tls)),
      resolver(event_loop) {}

Upstream& Client::Impl::upstream_of(const Origin& origin) {
  for (auto& upstream : upstreams) {
    if (upstream->is(origin)) return *upstream;
  }
  upstreams.push_back(std::make_unique<Upstream>(origin));
  return *upstreams.back();
}

std::unique_ptr<ClientConnection> Client::Impl::take_idle(Upstream& upstream) {
  while (!upstream.idle.empty()) {
    auto connection = std::move(upstream.idle.back());
    upstream.idle.pop_back();
    // Readable while idle: the peer closed it, or talks out of turn.
    if (!connection->stream.hung_up() && !connection->stream.readable()) return connection;
    char byte = 0;
    const IoResult result = connection->stream.read({&byte, 1});
    if (result.state == IoState::again) return connection;
  }
  return nullptr;
}

void Client::Impl::put_idle(std::unique_ptr<ClientConnection> connection) {
  auto& idle = connection->upstream.idle;
  if (closed || connection->stream.hung_up()) return;
  connection->in.release();
  connection->idle_since_ms = reactor.now_ms();
  if (idle.size() >= limits.max_idle_per_origin) idle.erase(idle.begin());
  idle.push_back(std::move(connection));
  if (Deadline::at_ms() == kNever) Deadline::set(reactor, reactor.now_ms() + limits.keep_idle_ms);
}

void Client::Impl::drop_idle(ClientConnection& connection) {
  auto& idle = connection.upstream.idle;
  const auto found = std::find_if(idle.begin(), idle.end(),
                                  [&](const auto& held) { return held.get() == &connection; });
  if (found != idle.end()) idle.erase(found);
}

void Client::Impl::expired() {
  std::int64_t oldest = kNever;
  for (auto& upstream : upstreams) {
    std::erase_if(upstream->idle, [&](const auto& connection) {
      return connection->idle_since_ms + limits.keep_idle_ms <= reactor.now_ms();
    });
    for (const auto& connection : upstream->idle)
      oldest = std::min(oldest, connection->idle_since_ms);
  }
  if (oldest != kNever) Deadline::set(reactor, oldest + limits.keep_idle_ms);
}

void Client::Impl::close_idle() {
  closed = true;
  for (auto& upstream : upstreams) upstream->idle.clear();
  Deadline::unlink();
}

base::Result<TlsContext*> Client::Impl::tls_context() {
  if (!tls_context_) {
    TRY(tls_context_, TlsContext::client(tls.ca_file));
  }
  return tls_context_.get();
}

Client::Client(EventLoop& loop, ClientLimits limits, AddressPolicy policy, ClientTls tls)
    : impl_(std::make_shared<Impl>(loop, limits, std::move(policy), std::move(tls))) {}

Client::~Client() { impl_->close_idle(); }

base::Task<base::Result<std::unique_ptr<ClientResponse>>> Client::send(const Origin& origin,
                                                                       const ClientRequest& request,
                                                                       base::CancelToken cancel) {
  auto exchange = std::make_unique<Exchange>(impl_);
  exchange->watch(cancel);
  bool reused = exchange->reuse(origin);
  for (;;) {
    if (!reused) {
      auto connecting = exchange->connect(origin);
      auto connected = co_await std::move(connecting);
      if (!connected.ok()) co_return std::move(connected).error();
    }
    auto sending = exchange->send(origin, request);
    auto sent = co_await std::move(sending);
    if (sent.ok()) break;
    if (!reused || !exchange->died_silently()) co_return std::move(sent).error();
    // The upstream closed the pooled connection as the request was on its way: once more, on a
    // fresh one.
    reused = false;
    exchange->drop_connection();
  }
  co_return std::unique_ptr<ClientResponse>(std::move(exchange));
}

}  // namespace b3iq::http

// The HTTP/1.1 server of one loop. Strict parsing (G2 of the case list), keep-alive, pipelining in
// order, pulled bodies, deadlines, limits, request ids, TLS. Each loop has its own Server; several
// may share one port.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "http/event_loop.h"
#include "http/router.h"

namespace b3iq::http {

// What cancelled requests get to tell their callers so.
inline constexpr std::int64_t kDrainGraceMs = 2'000;

// Every limit of the server, with its default. Times in milliseconds, sizes in bytes.
struct ServerLimits {
  std::size_t max_header_bytes = 32 * 1024;  // 431 past it
  std::size_t max_header_count = 100;        // 431 past it
  std::size_t max_target_bytes = 8 * 1024;   // 414 past it
  std::int64_t header_timeout_ms =
      10'000;  // from the first byte of a request to the end of its header: 408
  std::int64_t body_timeout_ms = 30'000;   // longest silence inside a body: 408
  std::int64_t idle_timeout_ms = 75'000;   // keep-alive without a request: closed
  std::int64_t write_timeout_ms = 30'000;  // a peer that takes nothing for this long is gone
  std::size_t max_connections = 4096;      // per loop; more are answered 503 and closed
  // Bytes of request bodies held at once, per loop; past it callers get 503.
  std::size_t max_body_memory = 512 * 1024 * 1024;
};

struct TlsFiles {
  std::string certificate_chain;  // PEM path
  std::string private_key;        // PEM path, mode 0600
};

// May several servers (one per loop) listen on one port? `first` fails when any other program has
// the port; the next loops of the same program are `joined`. The kernel spreads connections over
// them (SO_REUSEPORT).
enum class PortSharing : std::uint8_t { exclusive, first, joined };

struct ListenAddress {
  std::string host;  // numeric address
  std::uint16_t port = 0;
  PortSharing sharing = PortSharing::exclusive;
};

// Called for every request before its route runs; an error is the answer (Host, Origin, fetch
// metadata).
using Gate = std::function<base::Status(const Request&)>;
// Called once per finished request on the loop's thread: status, body bytes written, duration.
struct Finished {
  const Request& request;
  const Route* route;
  int status;
  std::uint64_t body_bytes;
  std::int64_t duration_ns;
  bool aborted;                          // the peer went before the end
  std::optional<base::ErrorCode> error;  // Response::error
};
// Called for every answer before its header is made (CORS). Loop thread; must not throw.
using Decorator = std::function<void(const Request&, Response&)>;
using Observer = std::function<void(const Finished&)>;

struct ServerOptions {
  ListenAddress listen;
  std::optional<TlsFiles> tls;
  ServerLimits limits;
  Gate gate;
  Observer observer;
  Decorator decorate;
  std::vector<Header> default_headers;  // on every answer (security headers)
};

class Server {
 public:
  // Binds and listens; port 0 picks a free one. `loop` and `router` outlive the server. Call before
  // loop.run() or on its thread.
  static base::Result<std::unique_ptr<Server>> start(EventLoop& loop, const Router& router,
                                                     ServerOptions options);
  ~Server();

  std::uint16_t port() const;
  std::size_t open_connections() const;
  // Stops accepting, closes idle connections, lets running requests finish until `deadline_ms` from
  // now, then cancels them; those that have not ended kDrainGraceMs later are cut. Loop thread.
  base::Task<void> drain(std::int64_t deadline_ms);

  struct Impl;

 private:
  explicit Server(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // also held by its connections
};

}  // namespace b3iq::http

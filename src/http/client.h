// The streaming HTTP/1.1 client of one loop: pooled keep-alive connections, no redirects, ever. The
// address policy is asked about each resolved address at dial time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "base/task.h"
#include "http/event_loop.h"
#include "http/message.h"

namespace b3iq::http {

// scheme://host[:port][/prefix]; http and https only; no user-info, query or fragment.
struct Origin {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  std::string prefix;  // "" or "/v1": no trailing slash
};
base::Result<Origin> parse_origin(std::string_view url);

enum class AddressClass : std::uint8_t {
  loopback,
  private_network,
  link_local,
  public_network,
  other
};
// Class of a numeric address ("127.0.0.1", "::1", IPv4-mapped forms unwrapped).
AddressClass classify_address(std::string_view numeric);
// An error refuses the dial.
using AddressPolicy =
    std::function<base::Status(std::string_view numeric_address, std::uint16_t port)>;

struct ClientLimits {
  std::int64_t connect_timeout_ms = 5'000;
  std::int64_t first_byte_timeout_ms = 600'000;  // prompt processing can be long
  std::int64_t idle_timeout_ms = 120'000;        // longest silence inside an answer
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_idle_per_origin = 64;
  std::int64_t keep_idle_ms = 30'000;
};

struct ClientRequest {
  Method method = Method::get;
  std::string_view path;  // appended to the origin's prefix
  // Views live as long as the body's.
  std::vector<HeaderView> headers;
  // Body pieces, written in order with one gather write; they live until the answer's header has
  // arrived.
  std::vector<std::string_view> body;
};

// One answer being read. Destroying it early closes the connection; read to its end, the connection
// returns to the pool.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  virtual std::optional<std::string_view> header(std::string_view name) const = 0;
  // The next piece of the body as it came (de-chunked), empty at the end. Valid until the next
  // call.
  virtual base::Task<base::Result<std::string_view>> read_some() = 0;
  // The rest of the body; `upstream_failed` past `limit` bytes.
  virtual base::Task<base::Result<std::string>> read_all(std::size_t limit) = 0;
  // True when the piece last given was the last one. Saying false is always right.
  virtual bool at_end() const = 0;
};

struct ClientTls {
  std::string ca_file;  // trusted instead of the system's authorities, when named
};

class Client {
 public:
  // `loop` outlives the client.
  Client(EventLoop& loop, ClientLimits limits, AddressPolicy policy, ClientTls tls = {});
  ~Client();

  // Sends and reads the answer's header. A pooled connection that died before any byte of the
  // answer came is replaced once. Errors: runtime_unreachable (nothing was sent), upstream_failed,
  // deadline_exceeded, cancelled.
  base::Task<base::Result<std::unique_ptr<ClientResponse>>> send(const Origin& origin,
                                                                 const ClientRequest& request,
                                                                 base::CancelToken cancel);

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;  // also held by answers that are still read
};

}  // namespace b3iq::http

// The inside of the client: pooled connections and one exchange of request and answer.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/recycled.h"
#include "http/chunked.h"
#include "http/client.h"
#include "http/header_scan.h"
#include "http/input_buffer.h"
#include "http/resolver.h"
#include "http/response_parser.h"
#include "http/stream.h"
#include "http/tls.h"

namespace b3iq::http {

inline constexpr std::size_t kMaxInterimAnswers = 8;
// Pieces handed out in a row before other connections get their turn.
inline constexpr int kPiecesPerTurn = 32;

class Upstream;

// A connection to an origin, in the pool or at work.
class ClientConnection final : private HangupListener {
 public:
  ClientConnection(Client::Impl& client, Upstream& upstream, int fd);

  Stream stream;
  InputBuffer in;
  Upstream& upstream;
  std::int64_t idle_since_ms = 0;

 private:
  void hung_up() override;
  Client::Impl& client_;
};

// What is known of one origin: its idle connections, the most recently used last.
class Upstream {
 public:
  Upstream(const Origin& origin) : tls(origin.tls), host(origin.host), port(origin.port) {}
  bool is(const Origin& origin) const {
    return origin.port == port && origin.tls == tls && origin.host == host;
  }

  bool tls;
  std::string host;
  std::uint16_t port;
  std::vector<std::unique_ptr<ClientConnection>> idle;
};

struct Client::Impl final : std::enable_shared_from_this<Client::Impl>, private Deadline {
  Impl(EventLoop& event_loop, ClientLimits wanted, AddressPolicy address_policy,
       ClientTls client_tls);

  Upstream& upstream_of(const Origin& origin);
  std::unique_ptr<ClientConnection> take_idle(Upstream& upstream);
  void put_idle(std::unique_ptr<ClientConnection> connection);
  // A pooled connection whose peer has closed it.
  void drop_idle(ClientConnection& connection);
  void close_idle();
  base::Result<TlsContext*> tls_context();

  EventLoop& loop;
  Reactor& reactor;
  ClientLimits limits;
  AddressPolicy policy;
  ClientTls tls;
  bool closed = false;
  std::unique_ptr<TlsContext> tls_context_;
  std::vector<std::unique_ptr<Upstream>> upstreams;
  Resolver resolver;

 private:
  void expired() override;
};

class Exchange final : public ClientResponse, public base::Recycled, private Deadline {
 public:
  explicit Exchange(std::shared_ptr<Client::Impl> client) : client_(std::move(client)) {}
  ~Exchange() override;
  void watch(const base::CancelToken& cancel);

  int status() const override { return status_; }
  std::optional<std::string_view> header(std::string_view name) const override {
    return find_header(headers_, name);
  }
  base::Task<base::Result<std::string_view>> read_some() override;
  base::Task<base::Result<std::string>> read_all(std::size_t limit) override;
  bool at_end() const override { return body_done_; }

  base::Task<base::Status> connect(const Origin& origin);
  // Takes a pooled connection; false when there is none.
  bool reuse(const Origin& origin);
  base::Task<base::Status> send(const Origin& origin, const ClientRequest& request);
  // True when the connection died before any byte of the answer, by the peer's doing.
  bool died_silently() const { return died_silently_; }
  void drop_connection() { connection_.reset(); }

 private:
  enum class Poll : std::uint8_t { piece, end, need_input, failed };

  void expired() override;
  void interrupt();
  void after(std::int64_t ms) { Deadline::set(client_->reactor, client_->reactor.now_ms() + ms); }
  bool interrupted() const { return cancelled_ || timed_out_; }
  base::Error why(base::ErrorCode otherwise, std::string detail) const;
  base::Error upstream_failed(std::string detail) const {
    return why(base::ErrorCode::upstream_failed, std::move(detail));
  }

  base::Task<base::Status> resolve(const Origin& origin, std::vector<SocketAddress>& out);
  base::Task<base::Status> dial(const Origin& origin, const SocketAddress& address);
  base::Task<base::Status> shake_hands(const Origin& origin);
  base::Status write_head(const Origin& origin, const ClientRequest& request,
                          std::string& out) const;
  base::Status take_head(bool& complete);
  Poll poll_piece(std::string_view& out);
  // One read from the socket: need_input (try again after waiting), piece (bytes are there), end or
  // failed.
  Poll fill();
  base::Status take_input();
  Poll body_ended();
  void recycle();

  std::shared_ptr<Client::Impl> client_;
  std::unique_ptr<ClientConnection> connection_;
  std::shared_ptr<Lookup> lookup_;
  base::CancelCallback on_cancel_;
  bool cancelled_ = false;
  bool timed_out_ = false;
  bool died_silently_ = false;
  bool head_request_ = false;
  bool chunked_ = false;
  bool until_close_ = false;
  bool keep_alive_ = false;
  bool body_done_ = false;
  int status_ = 0;
  int pieces_in_turn_ = 0;
  std::size_t interim_answers_ = 0;
  std::uint64_t left_ = 0;      // of a body with a known length
  std::size_t handed_out_ = 0;  // input bytes behind the view last given
  HeaderScan scan_;
  ChunkedDecoder decoder_;
  std::string head_;
  std::vector<HeaderView> headers_;
  const char* failure_ = nullptr;
};

}  // namespace b3iq::http

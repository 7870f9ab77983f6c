// What the connections of one server share, and its listening socket.
#pragma once

#include <memory>
#include <string>

#include "http/intrusive_list.h"
#include "http/reactor.h"
#include "http/server.h"
#include "http/socket_address.h"
#include "http/tls.h"

namespace b3iq::http {

struct ConnectionTag {};

class Listener final : private Watch, private Woken, private Deadline {
 public:
  Listener(Server::Impl& server, int fd);
  ~Listener();
  bool start();
  void close();

 private:
  void ready(std::uint32_t events) override;
  void wake() override { accept_some(); }
  void expired() override { accept_some(); }
  void accept_some();
  bool shed_one();
  void back_off(int error);

  Server::Impl& server_;
  int fd_;
  int spare_fd_;  // given up for a moment to refuse a caller when descriptors run out
};

// Connections share its ownership: it lives until the last of them has ended.
struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(EventLoop& loop, const Router& router, ServerOptions options);

  void accepted(int fd, const SocketAddress& peer);
  // Answers 503 and closes, without a connection object.
  void refuse(int fd) const;
  void begin_drain();
  void cancel_all();

  EventLoop& loop;
  Reactor& reactor;
  const Router& router;
  ServerOptions options;
  std::unique_ptr<TlsContext> tls;
  std::string fixed_lines;  // default headers as bytes
  std::string busy_answer;  // the whole 503
  std::uint16_t port = 0;
  bool draining = false;
  std::size_t open = 0;
  std::size_t body_memory = 0;
  ListNode<ConnectionTag> connections;
  std::unique_ptr<Listener> listener;
};

}  // namespace b3iq::http

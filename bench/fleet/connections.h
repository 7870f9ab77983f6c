// Many HTTP/1.1 connections to one server on plain sockets and one epoll, with at most one request
// under way on each. The project's own client costs more per call than a load generator may that
// shares its cores with what it measures; this one costs a send, a receive and a look at the
// header. One thread.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/response_parser.h"

namespace b3iq::fleet {

std::int64_t steady_ns();

// "127.0.0.1:8850" (IPv4 and a port); port 0 when it is not that.
sockaddr_in parse_address(std::string_view text);

struct Answer {
  int status = 0;
  std::string_view body;            // until the handler returns
  std::int64_t retry_after_ms = 0;  // of its Retry-After; 0 for none
};

class AnswerHandler {
 public:
  virtual ~AnswerHandler() = default;
  // The connection is free again: send() may be called at once.
  virtual void answered(std::size_t connection, const Answer& answer) = 0;
  // The connection is gone. `asked`: a request was under way, and it is not known what became of
  // it.
  virtual void lost(std::size_t connection, bool asked) = 0;
};

class Connections {
 public:
  Connections(std::size_t count, AnswerHandler& handler);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Where `connection` goes when it opens next.
  void set_server(std::size_t connection, const sockaddr_in& server) {
    connections_[connection].server = server;
  }
  // From which addresses they come (its port is not looked at): the first ones from this, the next
  // ones from that whose third number is one more (127.0.0.2, 127.0.1.2, …).
  void set_source(const sockaddr_in& source) { source_ = source; }
  // Opens the connection if it is not. False: it could not be, or a request is under way on it. The
  // bytes are copied where the socket does not take them at once.
  bool send(std::size_t connection, std::string_view request);
  bool busy(std::size_t connection) const { return connections_[connection].busy; }
  bool established(std::size_t connection) const { return connections_[connection].established; }
  void close(std::size_t connection);

  // Waits for answers until `deadline_ns` of steady_ns() at the latest, and hands out what came.
  void wait(std::int64_t deadline_ns);

 private:
  struct Connection {
    int fd = -1;
    bool busy = false;
    bool established = false;
    std::uint32_t opened = 0;  // how often: tells events of an earlier socket apart
    sockaddr_in server{};
    std::string unsent;
    std::string unread;  // the beginning of an answer
  };

  bool open(std::size_t index);
  bool flush(Connection& one);
  void give_up(std::size_t index);
  void on_event(std::size_t index, std::uint32_t events);
  // Edge-triggered: `to_the_end` when the end of the stream may lie behind the bytes.
  void read_all(std::size_t index, bool to_the_end);
  // Takes one answer off the front of `bytes`, if it is whole. False: it makes no sense.
  bool take_answer(std::size_t index, std::string_view& bytes);

  AnswerHandler& handler_;
  sockaddr_in source_{};  // family 0: the kernel's choice
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<char> buffer_;
  http::ResponseInfo info_;
};

}  // namespace b3iq::fleet

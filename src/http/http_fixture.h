// For tests: a server on its own thread, and a client socket that sends exactly the bytes it is
// told to.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "http/client.h"
#include "http/server.h"

namespace b3iq::http::fixture {

inline constexpr std::chrono::seconds kPatience{10};

// {"error":"<wire name>","detail":"..."} with the code's status.
Response render_plain(const base::Error& error, const Request& request);

// A blocking socket with a time limit on every call.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  // False when the peer has closed.
  bool send(std::string_view bytes) const;
  // Everything until the peer closes (or resets, or patience ends: then `timed_out`).
  std::string read_to_end();
  // One answer: header and body by Content-Length or chunked (left encoded), without what follows.
  std::string read_answer();
  // At least until `needle` has come; returns all that is buffered.
  std::string read_until(std::string_view needle);
  // True when the peer closes within `patience`; what it sends before is dropped.
  bool closed_within(std::chrono::milliseconds patience);
  void half_close() const;
  // Ends with RST instead of FIN.
  void reset();
  int fd() const { return fd_; }
  bool timed_out() const { return timed_out_; }

 private:
  bool fill();
  int fd_;
  bool timed_out_ = false;
  std::string buffer_;
};

int status_of(std::string_view answer);
std::string_view body_of(std::string_view answer);
std::string header_of(std::string_view answer, std::string_view name);
// Chunk framing removed.
std::string dechunk(std::string_view body);
// Waits until `condition` holds, up to kPatience.
bool eventually(const std::function<bool()>& condition);

using PlainHandler = std::function<base::Task<base::Result<Response>>(Request&)>;

// A loop with one server. Routes are added before start().
class TestServer {
 public:
  TestServer() : router(render_plain) {}
  ~TestServer() { stop(); }

  void route(Method method, std::string_view pattern, std::size_t max_body, PlainHandler handler);
  // Answers `body` at once.
  void fixed(Method method, std::string_view pattern, std::string body);
  void start();
  void stop();
  // Runs `work` on the loop's thread and waits for it.
  void on_loop(std::function<void()> work);
  // Runs a coroutine on the loop's thread and waits for its end.
  void run(std::function<base::Task<void>()> work);
  std::uint16_t port() const { return server->port(); }
  std::size_t open_connections();

  EventLoop loop;
  Router router;
  ServerOptions options;
  std::unique_ptr<Server> server;

 private:
  Public open_;
  std::thread thread_;
};

// A body of given pieces; counts how often it was asked and whether it is gone.
struct BodyProbe {
  std::atomic<int> asked = 0;
  std::atomic<bool> destroyed = false;
};
class PieceBody final : public BodySource {
 public:
  PieceBody(std::string piece, int count, std::shared_ptr<BodyProbe> probe,
            EventLoop* loop = nullptr, int pause_ms = 0)
      : piece_(std::move(piece)),
        count_(count),
        probe_(std::move(probe)),
        loop_(loop),
        pause_ms_(pause_ms) {}
  ~PieceBody() override { probe_->destroyed = true; }
  base::Task<base::Result<std::string_view>> next() override;

 private:
  std::string piece_;
  int count_;
  std::shared_ptr<BodyProbe> probe_;
  EventLoop* loop_;
  int pause_ms_;
};

// A server that is not HTTP at all: listens, and runs `talk` on each accepted socket, on a thread
// of its own.
class HostileServer {
 public:
  explicit HostileServer(std::function<void(int fd, int number)> talk);
  ~HostileServer();
  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }

 private:
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::vector<std::thread> talkers_;
  std::thread thread_;
};
// Reads one request's header (and drops it) on a hostile server's socket.
bool swallow_request(int fd);
bool send_text(int fd, std::string_view text);

}  // namespace b3iq::http::fixture

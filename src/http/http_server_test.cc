// Keep-alive, pipelining, streaming, deadlines, drain: the server with well-behaved callers and
// misbehaving handlers.
#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "http/http_fixture.h"
#include "http/request_ids.h"

namespace b3iq::http {
namespace {

using namespace fixture;
using std::chrono::milliseconds;

constexpr std::string_view kGet = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

class HttpServer : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.fixed(Method::get, "/health", "ok");
    server_.route(Method::post, "/echo", 8 << 20,
                  [](Request& request) -> base::Task<base::Result<Response>> {
                    Response response;
                    response.body = std::string(request.body);
                    co_return response;
                  });
    server_.route(
        Method::get, "/stream", 0, [this](Request& request) -> base::Task<base::Result<Response>> {
          Response response;
          response.content_type = "text/event-stream";
          response.body = std::make_unique<PieceBody>("data: x\n\n", 64, probe_, request.loop, 0);
          co_return response;
        });
    server_.route(Method::get, "/throw", 0, [](Request&) -> base::Task<base::Result<Response>> {
      throw std::bad_alloc();
      co_return Response();
    });
  }
  std::string ask(std::string_view bytes) {
    RawSocket socket(server_.port());
    socket.send(bytes);
    return socket.read_answer();
  }

  std::shared_ptr<BodyProbe> probe_ = std::make_shared<BodyProbe>();
  TestServer server_;
};

TEST_F(HttpServer, KeepsTheConnection) {
  server_.start();
  RawSocket socket(server_.port());
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(socket.send(kGet));
    const auto answer = socket.read_answer();
    ASSERT_EQ(status_of(answer), 200);
    ASSERT_EQ(body_of(answer), "ok");
    ASSERT_EQ(header_of(answer, "Connection"), "");
    ASSERT_NE(header_of(answer, "Date"), "");
  }
  EXPECT_EQ(server_.open_connections(), 1u);
}

TEST_F(HttpServer, ClosesWhenAsked) {
  server_.start();
  RawSocket socket(server_.port());
  socket.send("GET /health HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n");
  const auto answer = socket.read_to_end();
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  EXPECT_EQ(body_of(answer), "ok");
}

TEST_F(HttpServer, OldClients) {
  server_.start();
  RawSocket plain(server_.port());
  plain.send("GET /health HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(plain.read_to_end()), "ok");
  RawSocket kept(server_.port());
  kept.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(header_of(kept.read_answer(), "Connection"), "keep-alive");
  kept.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto stream = kept.read_to_end();
  EXPECT_EQ(header_of(stream, "Transfer-Encoding"), "");
  EXPECT_EQ(header_of(stream, "Connection"), "close");
  EXPECT_EQ(body_of(stream).size(), 64 * 9u);
}

TEST_F(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  server_.start();
  RawSocket socket(server_.port());
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const std::string body = std::to_string(i);
    all += "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
    all +=
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n";
    all += "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  std::thread sender([&] { socket.send(all); });
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(body_of(socket.read_answer()), std::to_string(i));
    ASSERT_EQ(body_of(socket.read_answer()), "c");
    ASSERT_EQ(dechunk(body_of(socket.read_answer())).size(), 64 * 9u);
  }
  sender.join();
}

TEST_F(HttpServer, AnyCutOfTheBytesIsTheSame) {
  server_.start();
  const std::string bytes =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n4;x\r\ndefg\r\n0\r\n\r\n" +
      std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz");
  for (std::size_t cut = 1; cut < bytes.size(); cut += 3) {
    RawSocket socket(server_.port());
    const int on = 1;
    setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (std::size_t at = 0; at < bytes.size(); at += cut)
      socket.send(std::string_view(bytes).substr(at, cut));
    ASSERT_EQ(body_of(socket.read_answer()), "abcdefg") << cut;
    ASSERT_EQ(body_of(socket.read_answer()), "xyz") << cut;
  }
}

TEST_F(HttpServer, LargeBodiesBothWays) {
  server_.start();
  std::string body(6 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  RawSocket socket(server_.port());
  for (int round = 0; round < 2; ++round) {
    std::thread sender([&] {
      socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n");
      socket.send(body);
    });
    const auto answer = socket.read_answer();
    sender.join();
    EXPECT_TRUE(body_of(answer) == body);
  }
  socket.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::thread sender([&] {
    for (std::size_t at = 0; at < body.size(); at += 100'000) {
      const auto piece = std::string_view(body).substr(at, 100'000);
      char size[16];
      std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
      socket.send(size + std::string(piece) + "\r\n");
    }
    socket.send("0\r\n\r\n");
  });
  EXPECT_TRUE(body_of(socket.read_answer()) == body);
  sender.join();
}

TEST_F(HttpServer, StreamsAreChunked) {
  server_.start();
  const auto answer = ask("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(header_of(answer, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(header_of(answer, "Content-Length"), "");
  EXPECT_EQ(dechunk(body_of(answer)).size(), 64 * 9u);
  EXPECT_EQ(status_of(ask("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")), 200);
}

TEST_F(HttpServer, NothingWaitsForNagle) {
  server_.start();
  RawSocket socket(server_.port());
  socket.send(kGet);
  socket.read_answer();
  auto fastest = milliseconds(1000);
  for (int round = 0; round < 5; ++round) {
    const auto began = std::chrono::steady_clock::now();
    socket.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = socket.read_answer();
    fastest = std::min(fastest, std::chrono::duration_cast<milliseconds>(
                                    std::chrono::steady_clock::now() - began));
    EXPECT_EQ(dechunk(body_of(answer)).size(), 64 * 9u);
  }
  // With Nagle and delayed acknowledgements one of 64 pieces would wait 40 ms.
  EXPECT_LT(fastest.count(), 30);
}

TEST_F(HttpServer, ExceptionsBecome500) {
  server_.start();
  RawSocket socket(server_.port());
  socket.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = socket.read_answer();
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(std::string(body_of(answer)), testing::HasSubstr("internal"));
  socket.send(kGet);
  EXPECT_EQ(status_of(socket.read_answer()), 200);
}

class FailingBody final : public BodySource {
 public:
  explicit FailingBody(bool throws) : throws_(throws) {}
  base::Task<base::Result<std::string_view>> next() override {
    if (given_++ == 0) co_return std::string_view("some");
    if (throws_) throw std::runtime_error("broken");
    co_return base::Error(base::ErrorCode::upstream_failed, "broken");
  }

 private:
  bool throws_;
  int given_ = 0;
};

TEST_F(HttpServer, BrokenBodiesAreCutNotEnded) {
  for (const bool throws : {false, true}) {
    server_.route(Method::get, throws ? "/throws" : "/fails", 0,
                  [throws](Request&) -> base::Task<base::Result<Response>> {
                    Response response;
                    response.body = std::make_unique<FailingBody>(throws);
                    co_return response;
                  });
  }
  server_.start();
  for (const char* path : {"/fails", "/throws"}) {
    RawSocket socket(server_.port());
    socket.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = socket.read_to_end();
    EXPECT_EQ(body_of(answer), "4\r\nsome\r\n")
        << path;  // no last chunk: the client sees that it is not whole
  }
}

TEST_F(HttpServer, RequestIds) {
  server_.start();
  const auto id_for = [&](const std::string& line) {
    return header_of(ask("GET /health HTTP/1.1\r\nHost: a\r\n" + line + "\r\n"), "X-Request-Id");
  };
  EXPECT_EQ(id_for("X-Request-Id: my.id_7-x\r\n"), "my.id_7-x");
  EXPECT_EQ(id_for("X-Request-Id: " + std::string(64, 'a') + "\r\n"), std::string(64, 'a'));
  for (const std::string& line :
       {std::string(), "X-Request-Id: " + std::string(65, 'a') + "\r\n",
        std::string("X-Request-Id: a b\r\n"), std::string("X-Request-Id: <x>\r\n"),
        std::string("X-Request-Id:\r\n")}) {
    const auto id = id_for(line);
    EXPECT_EQ(id.size(), kFreshRequestIdBytes) << line;
    EXPECT_TRUE(valid_request_id(id));
  }
  EXPECT_NE(id_for(""), id_for(""));
  // Errors carry one as well, and the caller's.
  EXPECT_EQ(header_of(ask("GET /nowhere HTTP/1.1\r\nHost: a\r\nX-Request-Id: e1\r\n\r\n"),
                      "X-Request-Id"),
            "e1");
}

TEST_F(HttpServer, GateDefaultHeadersAndObserver) {
  std::mutex mutex;
  std::vector<std::string> seen;
  server_.options.default_headers = {{"X-Frame-Options", "DENY"}};
  server_.options.gate = [](const Request& request) -> base::Status {
    if (request.header("origin")) return base::Error(base::ErrorCode::origin_not_allowed, "no");
    return {};
  };
  server_.options.observer = [&](const Finished& finished) {
    std::lock_guard lock(mutex);
    seen.push_back(std::string(finished.request.path) + " " + std::to_string(finished.status) +
                   " " + std::to_string(finished.body_bytes) +
                   (finished.route ? " " + finished.route->operation_id : " -") +
                   (finished.duration_ns > 0 ? "" : " no time") +
                   (finished.aborted ? " aborted" : ""));
  };
  server_.start();
  EXPECT_EQ(header_of(ask(kGet), "X-Frame-Options"), "DENY");
  const auto refused = ask("GET /health HTTP/1.1\r\nHost: a\r\nOrigin: null\r\n\r\n");
  EXPECT_EQ(status_of(refused), 403);
  EXPECT_EQ(header_of(refused, "X-Frame-Options"), "DENY");
  ask("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(eventually([&] {
    std::lock_guard lock(mutex);
    return seen.size() == 3;
  }));
  std::lock_guard lock(mutex);
  EXPECT_EQ(seen[0], "/health 200 2 test");
  EXPECT_THAT(seen[1], testing::StartsWith("/health 403 "));
  EXPECT_EQ(seen[2], "/stream 200 576 test");
}

TEST_F(HttpServer, HandlersCannotInjectHeaders) {
  server_.route(Method::get, "/inject", 0, [](Request&) -> base::Task<base::Result<Response>> {
    Response response;
    response.headers = {{"X-A", "b\r\nX-Evil: 1"}, {"Bad Name", "x"}, {"X-Good", "1"}};
    response.body = std::string("ok");
    co_return response;
  });
  server_.start();
  const auto answer = ask("GET /inject HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer.find("X-Evil"), std::string::npos);
  EXPECT_EQ(header_of(answer, "X-Good"), "1");
}

TEST_F(HttpServer, DrainEndsIdleAndWaitsForRunning) {
  server_.route(Method::get, "/slow", 0,
                [](Request& request) -> base::Task<base::Result<Response>> {
                  auto pause = request.loop->sleep(150);
                  co_await std::move(pause);
                  Response response;
                  response.body = std::string(request.cancel.cancelled() ? "cancelled" : "whole");
                  co_return response;
                });
  server_.start();
  RawSocket idle(server_.port());
  idle.send(kGet);
  idle.read_answer();
  RawSocket running(server_.port());
  running.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server_.open_connections() == 2; }));
  std::this_thread::sleep_for(milliseconds(20));
  std::thread drainer(
      [&] { server_.run([&]() -> base::Task<void> { return server_.server->drain(5'000); }); });
  EXPECT_TRUE(idle.closed_within(milliseconds(2'000)));
  const auto answer = running.read_to_end();
  EXPECT_EQ(body_of(answer), "whole");
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  drainer.join();
  EXPECT_EQ(server_.open_connections(), 0u);
}

TEST_F(HttpServer, DrainCancelsAfterItsDeadline) {
  server_.route(Method::get, "/wait", 0,
                [](Request& request) -> base::Task<base::Result<Response>> {
                  while (!request.cancel.cancelled()) {
                    auto pause = request.loop->sleep(5);
                    co_await std::move(pause);
                  }
                  co_return base::Error(base::ErrorCode::shutting_down, "the node is stopping");
                });
  server_.start();
  RawSocket running(server_.port());
  running.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server_.open_connections() == 1; }));
  std::this_thread::sleep_for(milliseconds(20));
  server_.run([&]() -> base::Task<void> { return server_.server->drain(100); });
  EXPECT_EQ(status_of(running.read_to_end()), 503);
}

// Says so in the stream when it is cancelled.
class HonestBody final : public BodySource {
 public:
  explicit HonestBody(Request& request) : cancel_(request.cancel), loop_(request.loop) {}
  base::Task<base::Result<std::string_view>> next() override {
    if (ended_) co_return std::string_view();
    while (!cancel_.cancelled()) {
      auto pause = loop_->sleep(5);
      co_await std::move(pause);
    }
    ended_ = true;
    co_return std::string_view("data: stopping\n\n");
  }

 private:
  base::CancelToken cancel_;
  EventLoop* loop_;
  bool ended_ = false;
};

TEST_F(HttpServer, DrainLetsStreamsSayWhyTheyEnd) {
  server_.route(Method::get, "/honest", 0,
                [](Request& request) -> base::Task<base::Result<Response>> {
                  Response response;
                  response.body = std::make_unique<HonestBody>(request);
                  co_return response;
                });
  server_.start();
  RawSocket honest(server_.port());
  honest.send("GET /honest HTTP/1.1\r\nHost: a\r\n\r\n");
  honest.read_until("\r\n\r\n");
  server_.run([&]() -> base::Task<void> { return server_.server->drain(50); });
  EXPECT_EQ(honest.read_to_end(), "10\r\ndata: stopping\n\n\r\n0\r\n\r\n");
  EXPECT_EQ(server_.open_connections(), 0u);
}

TEST_F(HttpServer, BodyMemoryIsBounded) {
  server_.options.limits.max_body_memory = 3 << 20;
  server_.start();
  const std::string body(2 << 20, 'x');
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  RawSocket first(server_.port());
  first.send(head + "2097153\r\n\r\n" + body);  // one byte is missing: held
  for (int i = 0; i < 30; ++i) ask(kGet);       // until then the server has taken it in
  RawSocket second(server_.port());
  std::thread sender([&] { second.send(head + "2097152\r\n\r\n" + body); });
  EXPECT_EQ(status_of(second.read_answer()), 503);
  sender.join();
  first.send("y");
  EXPECT_EQ(body_of(first.read_answer()).size(), body.size() + 1);
  EXPECT_EQ(status_of(ask(head + "2097152\r\n\r\n" + body)), 200);
}

TEST_F(HttpServer, PortsAreNotSharedByAccident) {
  server_.start();
  EventLoop other;
  ServerOptions options;
  options.listen = {"127.0.0.1", server_.port()};
  EXPECT_FALSE(Server::start(other, server_.router, options).ok());
  options.listen.sharing = PortSharing::first;
  EXPECT_FALSE(Server::start(other, server_.router, options).ok());
  options.listen.host = "localhost";
  EXPECT_FALSE(Server::start(other, server_.router, options).ok());
}

TEST_F(HttpServer, LoopsMayShareAPort) {
  server_.options.listen.sharing = PortSharing::first;
  server_.start();
  EventLoop other;
  ServerOptions options;
  options.listen = {"127.0.0.1", server_.port(), PortSharing::joined};
  auto second = Server::start(other, server_.router, options);
  ASSERT_TRUE(second.ok()) << second.error().detail;
  std::thread thread([&] { other.run(); });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(status_of(ask(kGet)), 200);
  other.stop();
  thread.join();
}

}  // namespace
}  // namespace b3iq::http

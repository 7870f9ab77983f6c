// G2 17, 19, 27, 28: slow, silent, vanishing and too many callers.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcntl.h>

#include "http/http_fixture.h"

namespace b3iq::http {
namespace {

using namespace fixture;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kGet = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";

class HttpAbuse : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.options.limits.header_timeout_ms = 400;
    server_.options.limits.body_timeout_ms = 400;
    server_.options.limits.idle_timeout_ms = 400;
    server_.options.limits.write_timeout_ms = 400;
    server_.fixed(Method::get, "/health", "ok");
    server_.fixed(Method::post, "/post", "ok");
  }
  bool healthy() {
    RawSocket socket(server_.port());
    socket.send(kGet);
    return status_of(socket.read_answer()) == 200;
  }
  // Sends one byte each 50 ms until the server answers or closes.
  std::string drip(std::string_view start) {
    RawSocket socket(server_.port());
    socket.send(start);
    std::atomic<bool> done = false;
    std::thread dripper([&] {
      while (!done && socket.send("a")) std::this_thread::sleep_for(milliseconds(50));
    });
    const std::string answer = socket.read_until("\r\n\r\n");
    done = true;
    dripper.join();
    return answer;
  }

  TestServer server_;
};

TEST_F(HttpAbuse, G2_17_SlowHeader) {
  server_.start();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(status_of(drip("GET /health HTTP/1.1\r\nX: ")), 408);
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(2));
  EXPECT_TRUE(healthy());
}

TEST_F(HttpAbuse, G2_17_SlowBody) {
  server_.start();
  // Never silent for long, but far too slow on the whole.
  EXPECT_EQ(status_of(drip("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")),
            408);
  EXPECT_EQ(status_of(drip(
                "POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n")),
            408);
  EXPECT_TRUE(healthy());
}

TEST_F(HttpAbuse, G2_17_SilentBody) {
  server_.start();
  RawSocket socket(server_.port());
  socket.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(status_of(socket.read_answer()), 408);
}

TEST_F(HttpAbuse, G2_17_IdleThousands) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const int count = files.rlim_cur > 5000 ? 2000 : 200;
  server_.start();
  std::vector<std::unique_ptr<RawSocket>> idle;
  for (int i = 0; i < count; ++i) idle.push_back(std::make_unique<RawSocket>(server_.port()));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(healthy());
  for (auto& socket : idle) EXPECT_TRUE(socket->closed_within(seconds(5)));
  EXPECT_TRUE(eventually([&] { return server_.open_connections() == 0; }));
}

TEST_F(HttpAbuse, G2_19_ExpectContinueWithoutBody) {
  server_.start();
  RawSocket socket(server_.port());
  socket.send(
      "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(status_of(socket.read_to_end()), 408);
  EXPECT_TRUE(eventually([&] { return server_.open_connections() == 0; }));
}

TEST_F(HttpAbuse, G2_19_ExpectContinueServed) {
  server_.start();
  RawSocket socket(server_.port());
  socket.send(
      "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("hello");
  EXPECT_EQ(status_of(socket.read_answer()), 200);
  socket.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n");
  EXPECT_EQ(status_of(socket.read_answer()), 417);
}

// Most clients write the whole body before they read: an answer followed by a reset is lost to
// them.
TEST_F(HttpAbuse, G2_18_ARefusedBodySentWholeStillGetsItsAnswer) {
  server_.start();
  const std::string piece(1024 * 1024, 'x');
  RawSocket socket(server_.port());
  socket.send("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 16777216\r\n\r\n");
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(socket.send(piece)) << i;
  EXPECT_EQ(status_of(socket.read_answer()), 413);
  EXPECT_TRUE(healthy());
}

// A handler that waits until its request is cancelled.
struct Waiter {
  std::atomic<int> running = 0;
  std::atomic<int> cancelled = 0;
};
base::Task<base::Result<Response>> wait_for_cancel(Request* request, Waiter* waiter) {
  ++waiter->running;
  while (!request->cancel.cancelled()) {
    auto pause = request->loop->sleep(5);
    co_await std::move(pause);
  }
  ++waiter->cancelled;
  co_return base::Error(base::ErrorCode::cancelled, "gone");
}

TEST_F(HttpAbuse, G2_27_PeerGoesWhileTheHandlerRuns) {
  Waiter waiter;
  server_.route(Method::get, "/wait", 0,
                [&](Request& request) { return wait_for_cancel(&request, &waiter); });
  server_.start();
  for (const int how : {0, 1, 2}) {
    auto socket = std::make_unique<RawSocket>(server_.port());
    socket->send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return waiter.running == how + 1; }));
    const auto began = std::chrono::steady_clock::now();
    if (how == 0) socket.reset();        // FIN
    if (how == 1) socket->reset();       // RST
    if (how == 2) socket->half_close();  // a half-closed peer counts as gone
    EXPECT_TRUE(eventually([&] { return waiter.cancelled == how + 1; }));
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(1));
  }
}

TEST_F(HttpAbuse, G2_27_PipelinedBytesDoNotHideTheReset) {
  Waiter waiter;
  server_.route(Method::get, "/wait", 0,
                [&](Request& request) { return wait_for_cancel(&request, &waiter); });
  server_.start();
  RawSocket socket(server_.port());
  socket.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 200; ++i) socket.send(kGet);
  ASSERT_TRUE(eventually([&] { return waiter.running == 1; }));
  socket.reset();
  EXPECT_TRUE(eventually([&] { return waiter.cancelled == 1; }));
}

TEST_F(HttpAbuse, G2_27_PeerGoesMidStream) {
  auto probe = std::make_shared<BodyProbe>();
  server_.route(Method::get, "/stream", 0,
                [probe](Request& request) -> base::Task<base::Result<Response>> {
                  Response response;
                  response.body =
                      std::make_unique<PieceBody>("data: x\n\n", 1'000'000, probe, request.loop, 5);
                  co_return response;
                });
  server_.start();
  {
    RawSocket socket(server_.port());
    socket.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    socket.read_until("data: x");
  }
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return probe->destroyed.load(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(1));
}

TEST_F(HttpAbuse, G2_27_PeerStopsReading) {
  auto probe = std::make_shared<BodyProbe>();
  server_.route(Method::get, "/flood", 0, [probe](Request&) -> base::Task<base::Result<Response>> {
    Response response;
    response.body = std::make_unique<PieceBody>(std::string(64 * 1024, 'x'), 1'000'000, probe);
    co_return response;
  });
  server_.start();
  RawSocket socket(server_.port());
  socket.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
  // Back-pressure: only what fits into the socket buffers is asked for. Then the peer counts as
  // gone.
  EXPECT_TRUE(eventually([&] { return probe->destroyed.load(); }));
  EXPECT_LT(probe->asked, 400);
  EXPECT_TRUE(healthy());
}

TEST_F(HttpAbuse, G2_28_ConnectionLimit) {
  server_.options.limits.max_connections = 3;
  server_.options.limits.idle_timeout_ms = 60'000;
  server_.start();
  std::vector<std::unique_ptr<RawSocket>> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(std::make_unique<RawSocket>(server_.port()));
    held.back()->send(kGet);
    EXPECT_EQ(status_of(held.back()->read_answer()), 200);
  }
  RawSocket refused(server_.port());
  const auto answer = refused.read_to_end();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("node_busy") + answer.find("overloaded"), std::string::npos);
  held.pop_back();
  EXPECT_TRUE(eventually([&] { return healthy(); }));
}

TEST_F(HttpAbuse, G2_28_DescriptorExhaustion) {
  server_.options.limits.idle_timeout_ms = 60'000;
  server_.start();
  EXPECT_TRUE(healthy());
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  // The client sockets are made first: client and server share this process's limit.
  std::vector<int> sockets;
  for (int i = 0; i < 20; ++i) sockets.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int highest = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(highest);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(highest) + 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server_.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (const int fd : sockets) connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  // Two get in, the others are told, not left hanging.
  int busy = 0;
  for (const int fd : sockets) {
    char bytes[512] = "";
    timeval patience{0, 300'000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (recv(fd, bytes, sizeof bytes - 1, 0) > 0 && status_of(bytes) == 503) ++busy;
  }
  EXPECT_GE(busy, 10);
  for (const int fd : sockets) close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(eventually([&] { return healthy(); }));
}

}  // namespace
}  // namespace b3iq::http

// The client against our server, and against servers that mean harm (G6 70, 72, 73, 75, 76).
#include "http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "http/http_fixture.h"

namespace b3iq::http {
namespace {

using namespace fixture;
using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Answer {
  int status = 0;
  std::string body;
  std::optional<base::Error> error;
  bool from_header = false;  // the error came before any status
};

class HttpClient : public ::testing::Test {
 protected:
  void SetUp() override {
    limits_.connect_timeout_ms = 1'000;
    limits_.first_byte_timeout_ms = 500;
    limits_.idle_timeout_ms = 500;
    upstream_.fixed(Method::get, "/health", "ok");
    upstream_.route(
        Method::post, "/echo", 8 << 20, [](Request& request) -> base::Task<base::Result<Response>> {
          Response response;
          response.body = std::string(request.body);
          response.headers = {{"X-Seen-Host", std::string(request.header("host").value_or(""))}};
          co_return response;
        });
    upstream_.route(
        Method::get, "/stream", 0, [this](Request& request) -> base::Task<base::Result<Response>> {
          Response response;
          response.body = std::make_unique<PieceBody>("data: x\n\n", 64, probe_, request.loop, 0);
          co_return response;
        });
    upstream_.start();
    runner_.start();
  }
  void TearDown() override {
    runner_.on_loop([&] { client_.reset(); });
  }

  // Sends on the runner's loop and reads the whole answer.
  Answer ask(std::uint16_t port, ClientRequest request, std::size_t limit = 16 << 20,
             base::CancelToken cancel = {}) {
    return ask("http://127.0.0.1:" + std::to_string(port), std::move(request), limit, cancel);
  }
  Answer ask(const std::string& url, ClientRequest request, std::size_t limit = 16 << 20,
             base::CancelToken cancel = {}) {
    Answer answer;
    const Origin origin = parse_origin(url).value();
    runner_.run(
        [&]() -> base::Task<void> { return exchange(&origin, &request, limit, cancel, &answer); });
    return answer;
  }
  Answer get(std::uint16_t port, std::string_view path = "/") {
    return ask(port, {Method::get, path, {}, {}});
  }

  base::Task<void> exchange(const Origin* origin, const ClientRequest* request, std::size_t limit,
                            base::CancelToken cancel, Answer* out) {
    if (!client_) client_ = std::make_unique<Client>(runner_.loop, limits_, policy_, tls_);
    auto sending = client_->send(*origin, *request, cancel);
    auto sent = co_await std::move(sending);
    if (!sent.ok()) {
      out->error = std::move(sent).error();
      out->from_header = true;
      co_return;
    }
    auto response = std::move(sent).value();
    out->status = response->status();
    auto reading = response->read_all(limit);
    auto read = co_await std::move(reading);
    if (read.ok()) {
      out->body = std::move(read).value();
    } else {
      out->error = std::move(read).error();
    }
  }

  ClientLimits limits_;
  AddressPolicy policy_;
  ClientTls tls_;
  std::shared_ptr<BodyProbe> probe_ = std::make_shared<BodyProbe>();
  TestServer upstream_;
  TestServer runner_;  // its loop runs the client
  std::unique_ptr<Client> client_;
};

TEST_F(HttpClient, KeepsAndReusesConnections) {
  for (int i = 0; i < 20; ++i) {
    const auto answer = get(upstream_.port(), "/health");
    ASSERT_EQ(answer.status, 200);
    ASSERT_EQ(answer.body, "ok");
  }
  EXPECT_EQ(upstream_.open_connections(), 1u);
}

TEST_F(HttpClient, SendsPiecesAndPrefix) {
  const std::string large(3 << 20, 'y');
  ClientRequest request{Method::post, "/echo", {{"X-A", "b"}}, {"one ", "two ", large}};
  const auto answer = ask(upstream_.port(), request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == "one two " + large);
  EXPECT_EQ(
      ask("http://127.0.0.1:" + std::to_string(upstream_.port()) + "/nowhere/", request).status,
      404);
}

TEST_F(HttpClient, ReadsStreams) {
  const auto answer = get(upstream_.port(), "/stream");
  EXPECT_EQ(answer.body.size(), 64 * 9u);
  EXPECT_EQ(get(upstream_.port(), "/health").body, "ok");
  EXPECT_EQ(upstream_.open_connections(), 1u);
}

TEST_F(HttpClient, HeadHasNoBody) {
  EXPECT_EQ(ask(upstream_.port(), {Method::head, "/health", {}, {}}).status, 200);
  EXPECT_EQ(get(upstream_.port(), "/health").body, "ok");
  EXPECT_EQ(upstream_.open_connections(), 1u);
}

TEST_F(HttpClient, RefusesBadHeadersAndPaths) {
  EXPECT_TRUE(ask(upstream_.port(), {Method::get, "/a b", {}, {}}).error.has_value());
  EXPECT_TRUE(
      ask(upstream_.port(), {Method::get, "/", {{"X", "a\r\nY: b"}}, {}}).error.has_value());
}

TEST_F(HttpClient, ResolvesNames) {
  const auto answer =
      ask("http://localhost:" + std::to_string(upstream_.port()), {Method::get, "/health", {}, {}});
  EXPECT_EQ(answer.body, "ok");
  const auto unknown = ask("http://no-such-host.invalid:80", {Method::get, "/", {}, {}});
  ASSERT_TRUE(unknown.error);
  EXPECT_EQ(unknown.error->code, ErrorCode::runtime_unreachable);
}

TEST_F(HttpClient, NobodyListens) {
  std::uint16_t port = 0;
  {
    HostileServer gone([](int, int) {});
    port = gone.port();
  }
  const auto answer = get(port);
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::runtime_unreachable);
}

TEST_F(HttpClient, G6_70_PolicyIsAskedForTheResolvedAddress) {
  std::vector<std::string> asked;
  policy_ = [&](std::string_view address, std::uint16_t port) -> base::Status {
    asked.push_back(std::string(address) + " " + std::to_string(port == upstream_.port()));
    return base::Error(ErrorCode::invalid_request, "this address is not allowed");
  };
  const auto answer =
      ask("http://localhost:" + std::to_string(upstream_.port()), {Method::get, "/health", {}, {}});
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::invalid_request);
  EXPECT_THAT(asked, testing::Contains("127.0.0.1 1"));
  EXPECT_EQ(upstream_.open_connections(), 0u);
}

TEST_F(HttpClient, G6_72_RedirectsAreNotFollowed) {
  HostileServer other([](int, int) {});
  HostileServer redirecting([&](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" +
                      std::to_string(other.port()) + "/\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(get(redirecting.port()).status, 302);
  EXPECT_EQ(other.accepted(), 0);
}

TEST_F(HttpClient, G6_73_EndlessHeaders) {
  HostileServer server([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\n");
    while (send_text(
        fd,
        "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")) {
    }
  });
  const auto answer = get(server.port());
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::upstream_failed);
}

TEST_F(HttpClient, G6_73_EndlessHeaderLine) {
  HostileServer server([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\nX: ");
    while (send_text(fd, std::string(4096, 'a'))) {
    }
  });
  EXPECT_EQ(get(server.port()).error->code, ErrorCode::upstream_failed);
}

TEST_F(HttpClient, G6_73_EndlessBody) {
  for (const char* framing : {"", "Transfer-Encoding: chunked\r\n"}) {
    HostileServer server([framing](int fd, int) {
      swallow_request(fd);
      send_text(fd, "HTTP/1.1 200 OK\r\n" + std::string(framing) + "\r\n");
      const std::string piece =
          *framing ? "1000\r\n" + std::string(4096, 'x') + "\r\n" : std::string(4096, 'x');
      while (send_text(fd, piece)) {
      }
    });
    const auto answer = ask(server.port(), {Method::get, "/", {}, {}}, 100'000);
    EXPECT_EQ(answer.status, 200);
    ASSERT_TRUE(answer.error);
    EXPECT_EQ(answer.error->code, ErrorCode::upstream_failed);
  }
}

TEST_F(HttpClient, G6_73_NotHttp) {
  for (const char* text :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\nX: y\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n folded\r\n\r\n"}) {
    HostileServer server([text](int fd, int) {
      swallow_request(fd);
      send_text(fd, text);
    });
    const auto answer = get(server.port());
    ASSERT_TRUE(answer.error) << text;
    EXPECT_EQ(answer.error->code, ErrorCode::upstream_failed) << text;
    EXPECT_TRUE(answer.from_header) << text;
  }
}

TEST_F(HttpClient, InterimAnswersAreSkippedButNotForEver) {
  HostileServer few([](int fd, int) {
    swallow_request(fd);
    send_text(fd,
              "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 "
              "200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  EXPECT_EQ(get(few.port()).body, "ok");
  HostileServer endless([](int fd, int) {
    swallow_request(fd);
    while (send_text(fd, "HTTP/1.1 100 Continue\r\n\r\n")) {
    }
  });
  EXPECT_EQ(get(endless.port()).error->code, ErrorCode::upstream_failed);
}

TEST_F(HttpClient, G6_75_CutBodiesAreErrors) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"}) {
    HostileServer server([text](int fd, int) {
      swallow_request(fd);
      send_text(fd, text);
    });
    const auto answer = get(server.port());
    EXPECT_EQ(answer.status, 200);
    ASSERT_TRUE(answer.error) << text;
    EXPECT_EQ(answer.error->code, ErrorCode::upstream_failed);
  }
  HostileServer close_delimited([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\n\r\nabc");
  });
  EXPECT_EQ(get(close_delimited.port()).body, "abc");
}

TEST_F(HttpClient, G6_75_ResetInTheBody) {
  HostileServer server([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    const linger now{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  });
  const auto answer = get(server.port());
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::upstream_failed);
}

TEST_F(HttpClient, G6_75_SilenceTimesOut) {
  const auto quiet = [](int fd) {
    char byte = 0;
    [[maybe_unused]] const auto end = recv(fd, &byte, 1, 0);
  };
  HostileServer mute([&](int fd, int) {
    swallow_request(fd);
    quiet(fd);
  });
  auto answer = get(mute.port());
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::deadline_exceeded);
  EXPECT_TRUE(answer.from_header);
  HostileServer stalls([&](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    quiet(fd);
  });
  answer = get(stalls.port());
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::deadline_exceeded);
}

// The time limits are for the server's silence: a reader may take its own time.
TEST_F(HttpClient, ASlowReaderIsNoSilentServer) {
  const std::string body(1 << 20, 'x');
  HostileServer server([&](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n");
    send_text(fd, body);
  });
  const Origin origin = parse_origin("http://127.0.0.1:" + std::to_string(server.port())).value();
  const ClientRequest request{Method::get, "/", {}, {}};
  std::size_t got = 0;
  const auto read_slowly = [&]() -> base::Task<void> {
    if (!client_) client_ = std::make_unique<Client>(runner_.loop, limits_, policy_);
    auto sending = client_->send(origin, request, {});
    auto sent = co_await std::move(sending);
    if (!sent.ok()) co_return;
    for (int pieces = 0;; ++pieces) {
      // Longer than every limit: before the first piece, and between two.
      if (pieces < 2) co_await runner_.loop.sleep(1'000);
      auto reading = (*sent)->read_some();
      auto piece = co_await std::move(reading);
      EXPECT_TRUE(piece.ok()) << piece.error().detail;
      if (!piece.ok() || piece->empty()) co_return;
      got += piece->size();
    }
  };
  runner_.run(read_slowly);
  EXPECT_EQ(got, body.size());
}

TEST_F(HttpClient, G6_76_RetriesOnlyADeadPooledConnection) {
  limits_.keep_idle_ms = 1'000;
  std::atomic<int> requests = 0;
  // Answers one request a connection, keeps it open, and closes it when the next request has come.
  HostileServer server([&](int fd, int) {
    if (!swallow_request(fd)) return;
    ++requests;
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (swallow_request(fd)) ++requests;
  });
  EXPECT_EQ(get(server.port()).body, "ok");
  EXPECT_EQ(get(server.port()).body, "ok");
  EXPECT_EQ(server.accepted(), 2);
  EXPECT_EQ(requests, 3);
  // A fresh connection that dies is not tried again; neither is a pooled one after a byte of the
  // answer.
  HostileServer dies([](int fd, int) { swallow_request(fd); });
  EXPECT_EQ(get(dies.port()).error->code, ErrorCode::upstream_failed);
  EXPECT_EQ(dies.accepted(), 1);
  HostileServer half([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 2");
  });
  EXPECT_EQ(get(half.port()).body, "ok");
  EXPECT_EQ(get(half.port()).error->code, ErrorCode::upstream_failed);
  EXPECT_EQ(half.accepted(), 1);
}

TEST_F(HttpClient, ConnectionsTheServerClosedAreNotUsed) {
  HostileServer server([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(get(server.port()).body, "ok");
    EXPECT_TRUE(eventually([&] { return server.accepted() == i; }));
  }
}

TEST_F(HttpClient, UnaskedBytesEndTheConnection) {
  HostileServer server([](int fd, int) {
    swallow_request(fd);
    send_text(fd,
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: "
              "4\r\n\r\nevil");
    swallow_request(fd);
  });
  EXPECT_EQ(get(server.port()).body, "ok");
  EXPECT_EQ(get(server.port()).body, "ok");
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClient, EarlyRefusalIsRead) {
  HostileServer server([](int fd, int) {
    swallow_request(fd);
    send_text(fd, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope");
    shutdown(fd, SHUT_WR);
    char bytes[65536];
    while (recv(fd, bytes, sizeof bytes, 0) > 0) {
    }
  });
  const std::string large(20 << 20, 'y');
  const auto answer = ask(server.port(), {Method::post, "/", {}, {large}});
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body, "nope");
}

TEST_F(HttpClient, CancellationEndsAWaitAtOnce) {
  limits_.first_byte_timeout_ms = 60'000;
  HostileServer mute([&](int fd, int) {
    swallow_request(fd);
    char byte = 0;
    // Ends when the client closes.
    [[maybe_unused]] const auto end = recv(fd, &byte, 1, 0);
  });
  base::CancelSource source;
  std::thread canceller([&] {
    EXPECT_TRUE(eventually([&] { return mute.accepted() == 1; }));
    std::this_thread::sleep_for(milliseconds(20));
    runner_.loop.post([&] { source.cancel(); });
  });
  const auto began = std::chrono::steady_clock::now();
  const auto answer = ask(mute.port(), {Method::get, "/", {}, {}}, 100, source.token());
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(1));
  canceller.join();
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::cancelled);
}

TEST_F(HttpClient, DroppingAnAnswerClosesItsConnection) {
  auto probe = std::make_shared<BodyProbe>();
  TestServer endless;
  endless.route(
      Method::get, "/", 0, [probe](Request& request) -> base::Task<base::Result<Response>> {
        Response response;
        response.body = std::make_unique<PieceBody>("x", 1'000'000, probe, request.loop, 2);
        co_return response;
      });
  endless.start();
  const Origin origin = parse_origin("http://127.0.0.1:" + std::to_string(endless.port())).value();
  const ClientRequest request{Method::get, "/", {}, {}};
  std::unique_ptr<ClientResponse> held;
  struct Steps {
    static base::Task<void> send(Client* client, const Origin* to, const ClientRequest* what,
                                 std::unique_ptr<ClientResponse>* out) {
      auto sending = client->send(*to, *what, {});
      auto sent = co_await std::move(sending);
      *out = std::move(sent).value();
      auto reading = (*out)->read_some();
      auto piece = co_await std::move(reading);
      EXPECT_EQ(piece.value(), "x");
    }
  };
  runner_.on_loop([&] { client_ = std::make_unique<Client>(runner_.loop, limits_, policy_); });
  runner_.run(
      [&]() -> base::Task<void> { return Steps::send(client_.get(), &origin, &request, &held); });
  EXPECT_FALSE(probe->destroyed);
  runner_.on_loop([&] { held.reset(); });
  EXPECT_TRUE(eventually([&] { return probe->destroyed.load(); }));
}

TEST_F(HttpClient, IdleConnectionsAreClosedInTime) {
  limits_.keep_idle_ms = 100;
  EXPECT_EQ(get(upstream_.port(), "/health").body, "ok");
  EXPECT_EQ(upstream_.open_connections(), 1u);
  EXPECT_TRUE(eventually([&] { return upstream_.open_connections() == 0; }));
}

}  // namespace
}  // namespace b3iq::http

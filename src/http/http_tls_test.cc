// TLS on both sides: versions, names, authorities, and the same service as without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "http/client.h"
#include "http/http_fixture.h"
#include "http/testing/test_certificate.h"

namespace b3iq::http {
namespace {

using namespace fixture;
using base::ErrorCode;

class HttpTls : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = std::filesystem::temp_directory_path();
    certificate_ = (folder / ("tls_cert_" + std::to_string(::getpid()))).string();
    key_ = (folder / ("tls_key_" + std::to_string(::getpid()))).string();
    write_test_certificate(certificate_, key_, "DNS:localhost,IP:127.0.0.1");
    server_.options.tls = TlsFiles{certificate_, key_};
    server_.options.limits.header_timeout_ms = 500;
    server_.fixed(Method::get, "/health", "ok");
    server_.route(Method::post, "/echo", 8 << 20,
                  [](Request& request) -> base::Task<base::Result<Response>> {
                    Response response;
                    response.body = std::string(request.body) + (request.tls ? "" : "!");
                    co_return response;
                  });
    server_.route(
        Method::get, "/stream", 0, [this](Request& request) -> base::Task<base::Result<Response>> {
          Response response;
          response.body = std::make_unique<PieceBody>("data: x\n\n", 64, probe_, request.loop, 0);
          co_return response;
        });
    server_.route(
        Method::get, "/endless", 0, [this](Request& request) -> base::Task<base::Result<Response>> {
          Response response;
          response.body =
              std::make_unique<PieceBody>("data: x\n\n", 1'000'000, probe_, request.loop, 5);
          co_return response;
        });
    server_.start();
    runner_.start();
  }
  void TearDown() override {
    runner_.on_loop([&] { client_.reset(); });
    std::filesystem::remove(certificate_);
    std::filesystem::remove(key_);
  }

  struct Got {
    int status = 0;
    std::string body;
    std::optional<base::Error> error;
  };
  static base::Task<void> exchange(Client* client, const Origin* origin,
                                   const ClientRequest* request, Got* out) {
    auto sending = client->send(*origin, *request, {});
    auto sent = co_await std::move(sending);
    if (!sent.ok()) {
      out->error = std::move(sent).error();
      co_return;
    }
    auto response = std::move(sent).value();
    out->status = response->status();
    auto reading = response->read_all(16 << 20);
    auto read = co_await std::move(reading);
    if (read.ok()) out->body = std::move(read).value();
  }
  Got ask(const std::string& host, const ClientRequest& request) {
    return ask_at(host, server_.port(), request);
  }
  Got ask_at(const std::string& host, std::uint16_t port, const ClientRequest& request) {
    Got out;
    const Origin origin = parse_origin("https://" + host + ":" + std::to_string(port)).value();
    runner_.on_loop([&] {
      if (!client_)
        client_ = std::make_unique<Client>(runner_.loop, ClientLimits{}, AddressPolicy{}, tls_);
    });
    runner_.run(
        [&]() -> base::Task<void> { return exchange(client_.get(), &origin, &request, &out); });
    return out;
  }

  std::string certificate_;
  std::string key_;
  std::shared_ptr<BodyProbe> probe_ = std::make_shared<BodyProbe>();
  TestServer server_;
  TestServer runner_;
  ClientTls tls_;
  std::unique_ptr<Client> client_;
};

TEST_F(HttpTls, ServesAndKeepsConnections) {
  tls_.ca_file = certificate_;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    EXPECT_EQ(ask(host, {Method::get, "/health", {}, {}}).body, "ok");
    EXPECT_EQ(ask(host, {Method::get, "/stream", {}, {}}).body.size(), 64 * 9u);
    const std::string large(3 << 20, 'x');
    EXPECT_TRUE(ask(host, {Method::post, "/echo", {}, {"a", large}}).body == "a" + large);
  }
  EXPECT_EQ(server_.open_connections(), 2u);
}

TEST_F(HttpTls, UnknownAuthoritiesAreRefused) {
  const auto got = ask("localhost", {Method::get, "/health", {}, {}});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::runtime_unreachable);
  EXPECT_THAT(got.error->detail, testing::HasSubstr("certificate"));
}

// Takes one connection on a port of its own and ends it.
class OneHangUp {
 public:
  OneHangUp() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listening_, 1), 0);
    EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] {
      const int taken = ::accept(listening_, nullptr, nullptr);
      char hello[16 * 1024];
      EXPECT_GT(::read(taken, hello, sizeof hello), 0);  // unread, it would end with RST
      ::close(taken);
    });
  }
  OneHangUp(const OneHangUp&) = delete;
  OneHangUp& operator=(const OneHangUp&) = delete;
  ~OneHangUp() {
    thread_.join();
    ::close(listening_);
  }
  std::uint16_t port() const { return port_; }

 private:
  int listening_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

TEST_F(HttpTls, HangingUpInTheHandshakeIsSaid) {
  const OneHangUp peer;
  const auto got = ask_at("127.0.0.1", peer.port(), {Method::get, "/health", {}, {}});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::runtime_unreachable);
  EXPECT_THAT(got.error->detail, testing::EndsWith(": the other side hung up"));
}

TEST_F(HttpTls, WrongNamesAreRefused) {
  tls_.ca_file = certificate_;
  // Resolves to the same server, but the certificate does not name it.
  const auto got = ask("127.0.0.2", {Method::get, "/health", {}, {}});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::runtime_unreachable);
}

TEST_F(HttpTls, PlainTextAndSilenceEnd) {
  RawSocket plain(server_.port());
  plain.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(plain.read_to_end().find("HTTP/1.1 200"), std::string::npos);
  EXPECT_FALSE(plain.timed_out());
  RawSocket silent(server_.port());
  EXPECT_TRUE(silent.closed_within(std::chrono::seconds(3)));
}

TEST_F(HttpTls, OldVersionsAreRefused) {
  for (const int version : {TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    RawSocket socket(server_.port());
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, socket.fd());
    EXPECT_EQ(SSL_connect(ssl) == 1, version != TLS1_1_VERSION);
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
}

TEST_F(HttpTls, G2_27_PeerGoesMidStream) {
  {
    RawSocket socket(server_.port());
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, socket.fd());
    ASSERT_EQ(SSL_connect(ssl), 1);
    constexpr std::string_view kAsk = "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n";
    SSL_write(ssl, kAsk.data(), static_cast<int>(kAsk.size()));
    char bytes[100];
    EXPECT_GT(SSL_read(ssl, bytes, sizeof bytes), 0);
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  EXPECT_TRUE(eventually([&] { return probe_->destroyed.load(); }));
}

TEST_F(HttpTls, BadFilesStopTheStart) {
  ServerOptions options;
  options.listen.host = "127.0.0.1";
  options.tls = TlsFiles{"/nowhere/cert.pem", key_};
  EventLoop loop;
  EXPECT_EQ(Server::start(loop, server_.router, options).error().code, ErrorCode::config_invalid);
  options.tls = TlsFiles{certificate_, certificate_};
  EXPECT_EQ(Server::start(loop, server_.router, options).error().code, ErrorCode::config_invalid);
}

}  // namespace
}  // namespace b3iq::http

// Servers that come late, go, hang and come back.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/wake/wake_fixture.h"

namespace b3iq::control {
namespace {

using namespace fixture;

class NatsOutage : public ::testing::Test {
 protected:
  void SetUp() override { B3_NEEDS_NATS(); }
  static std::unique_ptr<TestNats> start(const TestNats::Options& options) {
    auto started = TestNats::start_new(options);
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().detail);
    return started.ok() ? std::move(started).value() : nullptr;
  }
  // Announces new nodes on `from` until one of them arrives at `to`.
  bool gets_through(Replica& from, Replica& to) {
    std::vector<std::string> said;
    return eventually([&] {
      said.push_back(node_id(++last_));
      from.announce(said.back());
      for (const auto& node : said)
        if (to.polls().times(node) > 0) return true;
      return false;
    });
  }

  std::uint64_t last_ = 0;
};

TEST_F(NatsOutage, AServerThatComesLaterIsFound) {
  const auto port = TestNats::free_port();
  Replica a(settings_for({port}));
  Replica b(settings_for({port}));
  EXPECT_TRUE(eventually([&] {
    return a.degraded().find("127.0.0.1:" + std::to_string(port)) != std::string::npos;
  })) << a.degraded();
  EXPECT_FALSE(a.connected());
  a.announce(node_id(1));
  EXPECT_EQ(a.polls().times(node_id(1)), 1) << "at home a wake needs no server";
  EXPECT_EQ(a.counted("b3iq_wakes_dropped_total", "not_connected"), 1);
  const auto server = start({.port = port});
  ASSERT_TRUE(server);
  ASSERT_TRUE(a.connects() && b.connects());
  EXPECT_EQ(a.degraded(), "");
  a.announce(node_id(2));
  EXPECT_TRUE(eventually([&] { return b.polls().times(node_id(2)) == 1; }));
}

// A server that dies under work takes nothing with it but wakes.
TEST_F(NatsOutage, AServerThatIsKilledAndComesBackIsFoundAgain) {
  const auto server = start({});
  ASSERT_TRUE(server);
  Replica a(settings_for({server->port()}));
  Replica b(settings_for({server->port()}));
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(a.connects() && b.connects());
    ASSERT_TRUE(gets_through(a, b));
    server->kill_nine();
    ASSERT_TRUE(eventually([&] { return !a.connected() && !b.connected(); }));
    EXPECT_NE(a.degraded(), "");
    EXPECT_EQ(a.counted("b3iq_wake_connected"), 0);
    a.announce(node_id(++last_));
    EXPECT_EQ(a.polls().times(node_id(last_)), 1);
    ASSERT_TRUE(server->start());
  }
  ASSERT_TRUE(a.connects() && b.connects());
  EXPECT_TRUE(gets_through(b, a));
  EXPECT_GE(a.counted("b3iq_wake_connects_total"), 4);
}

TEST_F(NatsOutage, OfThreeServersAnyOneMayDie) {
  std::vector<std::unique_ptr<TestNats>> servers;
  std::vector<std::uint16_t> ports;
  std::vector<std::uint16_t> cluster;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(start({.cluster_with = cluster, .clustered = true}));
    ASSERT_TRUE(servers.back());
    ports.push_back(servers.back()->port());
    cluster.push_back(servers.back()->cluster_port());
  }
  // Each replica's first server is another one.
  Replica a(settings_for({ports[0], ports[1], ports[2]}));
  Replica b(settings_for({ports[1], ports[2], ports[0]}));
  Replica c(settings_for({ports[2], ports[0], ports[1]}));
  ASSERT_TRUE(a.connects() && b.connects() && c.connects());
  for (auto& server : servers) {
    EXPECT_TRUE(gets_through(a, b) && gets_through(b, c) && gets_through(c, a));
    server->kill_nine();
    EXPECT_TRUE(gets_through(a, b) && gets_through(b, c) && gets_through(c, a));
    ASSERT_TRUE(server->start()) << server->log();
  }
}

// A server that hangs keeps its connections; it is found out by its silence.
TEST_F(NatsOutage, AServerThatHangsIsLeft) {
  const auto server = start({});
  ASSERT_TRUE(server);
  Replica a(settings_for({server->port()}));
  ASSERT_TRUE(a.connects());
  server->freeze();
  EXPECT_TRUE(eventually([&] { return !a.connected(); }));
  server->go_on();
  EXPECT_TRUE(a.connects());
}

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(fd_); }
  std::uint16_t port() const { return port_; }
  // Waits for a connection, which stays open for the rest of the test program.
  int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC); }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

TEST_F(NatsOutage, ASilentServerIsPassedOver) {
  const SilentServer silent;
  const auto server = start({});
  ASSERT_TRUE(server);
  Replica a(settings_for({silent.port(), server->port()}));
  Replica b(settings_for({server->port(), silent.port()}));
  ASSERT_TRUE(a.connects() && b.connects());
  EXPECT_TRUE(gets_through(a, b));
}

TEST_F(NatsOutage, EndingDoesNotWaitForAServerThatSaysNothing) {
  const SilentServer silent;
  const auto began = std::chrono::steady_clock::now();
  {
    const Replica a(settings_for({silent.port(), silent.port(), silent.port(), silent.port()}));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

// Says that it wants TLS and then nothing: libnats has no limit there.
TEST_F(NatsOutage, EndingDoesNotWaitForAHandshakeThatNeverEnds) {
  const SilentServer silent;
  auto settings = settings_for({silent.port()});
  settings.servers[0].tls = true;
  const auto began = std::chrono::steady_clock::now();
  {
    const Replica a(settings);
    const int fd = silent.accept();
    constexpr std::string_view kInfo =
        "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1,\"host\":\"127.0.0.1\","
        "\"port\":4222,\"tls_required\":true,\"max_payload\":1048576}\r\n";
    ASSERT_EQ(::send(fd, kInfo.data(), kInfo.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(kInfo.size()));
    char byte = 0;
    ASSERT_EQ(::recv(fd, &byte, 1, 0), 1) << "the client's hello";
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

}  // namespace
}  // namespace b3iq::control

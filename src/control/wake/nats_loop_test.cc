// A connection's own thread, with TLS and without: nothing is lost or mixed up, and whatever the
// server does, the link ends, once. ThreadSanitizer looks at the same tests for a second user of
// the TLS state.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "control/wake/nats_link.h"
#include "control/wake/wake_fixture.h"
#include "http/testing/test_certificate.h"
#include "storage/sqlite/temporary_folder.h"

namespace b3iq::control {
namespace {

using namespace fixture;

constexpr auto kLongEnd = std::chrono::seconds(30);

class Heard final : public NatsReceiver {
 public:
  void on_message(std::string_view payload) noexcept override {
    const std::lock_guard lock(mutex_);
    payloads_.emplace_back(payload);
  }
  void on_lost() noexcept override { ++lost_; }
  std::vector<std::string> payloads() const {
    const std::lock_guard lock(mutex_);
    return payloads_;
  }
  int lost() const { return lost_; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> payloads_;
  std::atomic<int> lost_ = 0;
};

class NatsLoopTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    B3_NEEDS_NATS();
    http::write_test_certificate(folder_.file("s.pem"), folder_.file("s.key"), "DNS:localhost");
    const auto tls = "tls { cert_file: \"" + folder_.file("s.pem") + "\", key_file: \"" +
                     folder_.file("s.key") + "\" }";
    auto started = TestNats::start_new({.configuration = GetParam() ? tls : ""});
    ASSERT_TRUE(started.ok()) << started.error().detail;
    server_ = std::move(started).value();
  }
  std::unique_ptr<NatsLink> connect(std::uint16_t port = 0) const {
    auto settings = settings_for({port == 0 ? server_->port() : port});
    if (GetParam()) {
      settings.servers[0].tls = true;
      settings.servers[0].host = "localhost";
      settings.tls_ca = folder_.file("s.pem");
    }
    auto link = NatsLink::connect(settings, settings.servers[0]);
    EXPECT_TRUE(link.ok()) << (link.ok() ? "" : link.error().detail);
    return link.ok() ? std::move(link).value() : nullptr;
  }

  storage::TemporaryFolder folder_;
  std::unique_ptr<TestNats> server_;
};

// More than a link holds unsent, so that publish() has to wait for the thread.
TEST_P(NatsLoopTest, WhatIsPublishedArrivesInOrder) {
  constexpr std::size_t kMessages = 500;
  Heard heard;
  const auto a = connect();
  const auto b = connect();
  ASSERT_TRUE(a && b);
  b->start_reading(heard);
  std::vector<std::string> said;
  for (std::size_t i = 0; i < kMessages; ++i) {
    said.push_back(std::to_string(i) + std::string(3'000, 'x'));
    ASSERT_TRUE(eventually([&] { return a->publish(said.back()); })) << i << " " << a->last_error();
  }
  EXPECT_TRUE(eventually([&] { return heard.payloads().size() == kMessages; }));
  EXPECT_EQ(heard.payloads(), said);
  EXPECT_EQ(heard.lost(), 0);
}

TEST_P(NatsLoopTest, AServerThatDiesUnderPublishingEndsTheLinkOnce) {
  for (int round = 0; round < 4; ++round) {
    Heard heard;
    {
      const auto link = connect();
      ASSERT_TRUE(link);
      link->start_reading(heard);
      std::atomic<bool> killed = false;
      std::thread killer([&] {
        server_->kill_nine();
        killed = true;
      });
      while (link->publish(std::string(100, 'x')) || !killed) {
      }
      killer.join();
      EXPECT_TRUE(eventually([&] { return heard.lost() > 0; }));
      EXPECT_FALSE(link->publish("x"));
      EXPECT_NE(link->last_error(), "");
    }
    EXPECT_EQ(heard.lost(), 1);
    ASSERT_TRUE(server_->start());
  }
}

TEST_P(NatsLoopTest, EndingUnderReadingCallsTheReceiverNoMore) {
  const auto other = connect();
  ASSERT_TRUE(other);
  for (int round = 0; round < 10; ++round) {
    Heard heard;
    auto link = connect();
    ASSERT_TRUE(link);
    link->start_reading(heard);
    std::atomic<bool> go_on = true;
    std::thread publisher([&] {
      while (go_on) other->publish(std::string(200, 'x'));
    });
    EXPECT_TRUE(eventually([&] { return !heard.payloads().empty(); }));
    link.reset();
    const auto payloads = heard.payloads().size();
    EXPECT_EQ(heard.lost(), 1);
    go_on = false;
    publisher.join();
    EXPECT_EQ(heard.payloads().size(), payloads);
  }
}

TEST_P(NatsLoopTest, NoDescriptorIsLeftOpen) {
  const auto open = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  connect();  // what the libraries open once
  const auto before = open();
  for (int round = 0; round < 3; ++round) {
    Heard heard;
    const auto link = connect();
    ASSERT_TRUE(link);
    EXPECT_GT(open(), before);
    link->start_reading(heard);
    if (round == 0) continue;
    server_->kill_nine();
    EXPECT_TRUE(eventually([&] { return heard.lost() == 1; }));
    ASSERT_TRUE(server_->start());
  }
  EXPECT_EQ(open(), before);
}

// The kernel takes some megabytes, then libnats kMaxNatsUnsentBytes, then nobody.
TEST_P(NatsLoopTest, AServerThatHangsEndsPublishingAndTheLink) {
  Heard heard;
  auto link = connect();
  ASSERT_TRUE(link);
  link->start_reading(heard);
  server_->freeze();
  const auto began = std::chrono::steady_clock::now();
  while (link->publish(std::string(100'000, 'x'))) {
  }
  EXPECT_TRUE(eventually([&] { return heard.lost() == 1; }));
  EXPECT_NE(link->last_error(), "");
  link.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2 * kLongEnd);
  EXPECT_EQ(heard.lost(), 1);
}

TEST_P(NatsLoopTest, EndingDoesNotWaitForAServerThatTakesNothing) {
  auto link = connect();
  ASSERT_TRUE(link);
  server_->freeze();
  while (link->publish(std::string(100'000, 'x'))) {
  }
  const auto began = std::chrono::steady_clock::now();
  link.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLongEnd);
}

// Carries bytes between a client and a server, until it carries only the first few of what the
// server says next.
class Wire {
 public:
  explicit Wire(std::uint16_t server)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), server_(server) {
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(listener_, 1);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { carry(); });
  }
  ~Wire() {
    stop_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  void cut_short() { cutting_ = true; }
  bool has_cut() const { return cut_; }

 private:
  static constexpr int kLookMs = 20;
  static constexpr std::size_t kFirstBytes = 9;  // a TLS record's head and some of its body

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void carry() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(server_);
    bool open = client >= 0 && ::connect(server, reinterpret_cast<const sockaddr*>(&address),
                                         sizeof(address)) == 0;
    while (open && !stop_) {
      pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (cut_) ends[1].fd = -1;
      ::poll(ends, 2, kLookMs);
      if (ends[0].revents != 0) open = pass(client, server, kAll);
      if (open && ends[1].revents != 0) {
        open = pass(server, client, cutting_ ? kFirstBytes : kAll);
        cut_ = cut_ || cutting_;
      }
    }
    ::close(client);
    ::close(server);
  }
  static constexpr std::size_t kAll = 16'384;
  static bool pass(int from, int to, std::size_t most) {
    char bytes[kAll];
    const auto count = ::recv(from, bytes, most, 0);
    return count > 0 && ::send(to, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
  }

  const int listener_;
  const std::uint16_t server_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> cutting_ = false;
  std::atomic<bool> cut_ = false;
  std::thread thread_;
};

// With TLS libnats waits for the rest in the middle of a read.
TEST_P(NatsLoopTest, AServerThatStopsInTheMiddleOfAMessageIsLeft) {
  Wire wire(server_->port());
  const auto other = connect();
  Heard heard;
  const auto link = connect(wire.port());
  ASSERT_TRUE(other && link);
  link->start_reading(heard);
  wire.cut_short();
  ASSERT_TRUE(other->publish(std::string(1'000, 'x')));
  EXPECT_TRUE(eventually([&] { return heard.lost() == 1; }));
  EXPECT_TRUE(wire.has_cut());
  EXPECT_TRUE(heard.payloads().empty());
  EXPECT_NE(link->last_error().find("The server"), std::string::npos) << link->last_error();
}

TEST_P(NatsLoopTest, EndingDoesNotWaitForTheRestOfAMessage) {
  Wire wire(server_->port());
  const auto other = connect();
  auto link = connect(wire.port());
  ASSERT_TRUE(other && link);
  wire.cut_short();
  ASSERT_TRUE(other->publish(std::string(1'000, 'x')));
  ASSERT_TRUE(eventually([&] { return wire.has_cut(); }));
  const auto began = std::chrono::steady_clock::now();
  link.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kLongEnd);
}

INSTANTIATE_TEST_SUITE_P(, NatsLoopTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Clear"; });

}  // namespace
}  // namespace b3iq::control

#include "control/wake/wake_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace b3iq::control::fixture {

namespace {
constexpr auto kLook = std::chrono::milliseconds(2);
}

std::string node_id(std::uint64_t number) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id = "b3n_" + std::string(32, 'a');
  for (std::size_t at = id.size(); number > 0; number /= 32) id[--at] = kDigits[number % 32];
  return id;
}

bool eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

void Polls::announce(std::string_view node_id) {
  const std::lock_guard lock(mutex_);
  ++by_node_[std::string(node_id)];
}

int Polls::times(const std::string& node_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = by_node_.find(node_id);
  return at == by_node_.end() ? 0 : at->second;
}

int Polls::all() const {
  const std::lock_guard lock(mutex_);
  int all = 0;
  for (const auto& [node, times] : by_node_) all += times;
  return all;
}

void run_on(base::Executor& loop, std::function<void()> work) {
  std::promise<void> done;
  loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

Replica::Replica(NatsSettings settings) {
  run_on(loop_, [&] {
    wake_ = std::make_unique<NatsWake>(
        std::move(settings),
        NatsWake::Parts{loop_, base::system_clock(), base::system_random(), metrics_, polls_});
  });
}

Replica::~Replica() {
  run_on(loop_, [&] { wake_.reset(); });
}

void Replica::announce(const std::string& node_id) {
  run_on(loop_, [&] { wake_->announce(node_id); });
}

double Replica::counted(const std::string& name, const std::string& reason) const {
  for (const auto& family : metrics_.collect()) {
    if (family.name != name) continue;
    for (const auto& point : family.points)
      if (reason.empty() || point.labels == base::Labels{{"reason", reason}}) return point.value;
  }
  return -1;
}

NatsSettings settings_for(const std::vector<std::uint16_t>& ports) {
  NatsSettings settings;
  for (const auto port : ports) settings.servers.push_back({false, "127.0.0.1", port});
  return settings;
}

RawNats::RawNats(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  send("CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\n");
}

RawNats::~RawNats() { ::close(fd_); }

void RawNats::publish(const std::string& subject, const std::string& payload) {
  send("PUB " + subject + " " + std::to_string(payload.size()) + "\r\n" + payload + "\r\n");
}

void RawNats::flush() {
  send("PING\r\n");
  std::string answer;
  char byte = 0;
  while (!answer.ends_with("PONG\r\n") && ::recv(fd_, &byte, 1, 0) == 1) answer += byte;
  EXPECT_TRUE(answer.ends_with("PONG\r\n")) << answer;
}

void RawNats::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ASSERT_GT(sent, 0);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace b3iq::control::fixture

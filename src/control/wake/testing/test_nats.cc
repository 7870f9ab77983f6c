#include "control/wake/testing/test_nats.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace b3iq::control {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr const char* kVariable = "B3IQ_NATS_SERVER";  // another program
// Debian's, and where `./run test` lays it when the machine has none.
constexpr const char* kPlaces[] = {"/usr/sbin/nats-server", "/usr/bin/nats-server",
                                   B3IQ_SOURCE_DIR "/build/tools/usr/sbin/nats-server"};
constexpr auto kStartWait = std::chrono::seconds(60);
constexpr auto kLook = std::chrono::milliseconds(10);
constexpr int kGreetingMs = 5'000;
constexpr int kAttempts = 5;

std::string program() {
  if (const char* const given = ::getenv(kVariable)) return given;
  for (const auto* const place : kPlaces)
    if (::access(place, X_OK) == 0) return place;
  return {};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A server greets with "INFO ".
bool greets(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto address = loopback(port);
  bool good = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  pollfd readable{fd, POLLIN, 0};
  char greeting[5] = {};
  good = good && ::poll(&readable, 1, kGreetingMs) == 1 &&
         ::recv(fd, greeting, sizeof(greeting), MSG_WAITALL) == 5 &&
         std::string_view(greeting, 5) == "INFO ";
  ::close(fd);
  return good;
}

}  // namespace

std::uint16_t TestNats::free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  auto address = loopback(0);
  socklen_t size = sizeof(address);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

std::string TestNats::missing() {
  if (!program().empty()) return {};
  return "there is no nats-server (./run test brings one; B3IQ_NATS_SERVER names another)";
}

TestNats::TestNats(const Options& options) : port_(options.port ? options.port : free_port()) {
  auto pattern = (fs::temp_directory_path() / "b3nats-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : "";
  std::ofstream file(folder_ + "/nats.conf");
  file << fmt::format("listen: 127.0.0.1:{}\n", port_);
  if (options.clustered) {
    cluster_port_ = free_port();
    file << fmt::format("cluster {{\n name: b3\n listen: 127.0.0.1:{}\n routes: [", cluster_port_);
    for (const auto port : options.cluster_with)
      file << fmt::format("\"nats-route://127.0.0.1:{}\", ", port);
    file << "]\n}\n";
  }
  file << options.configuration << "\n";
}

TestNats::~TestNats() {
  kill_nine();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

base::Result<std::unique_ptr<TestNats>> TestNats::start_new(const Options& options) {
  if (auto why = missing(); !why.empty()) return Error(ErrorCode::not_found, why);
  std::string said;
  // Another process may take the free port first.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::unique_ptr<TestNats> server(new TestNats(options));
    if (server->start()) return server;
    said = server->log();
  }
  return Error(ErrorCode::internal, "nats-server does not start: " + said);
}

bool TestNats::start() {
  const auto command = program();
  const auto configuration = folder_ + "/nats.conf";
  const int log =
      ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return false;
  server_ = ::fork();
  if (server_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execl(command.c_str(), command.c_str(), "-c", configuration.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(log);
  const auto give_up = std::chrono::steady_clock::now() + kStartWait;
  while (std::chrono::steady_clock::now() < give_up) {
    if (::waitpid(server_, nullptr, WNOHANG) == server_) {
      server_ = -1;
      return false;
    }
    if (greets(port_)) return true;
    std::this_thread::sleep_for(kLook);
  }
  return false;
}

void TestNats::kill_nine() {
  if (server_ < 0) return;
  ::kill(server_, SIGKILL);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

void TestNats::freeze() { ::kill(server_, SIGSTOP); }
void TestNats::go_on() { ::kill(server_, SIGCONT); }

std::string TestNats::log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ + "/log").rdbuf();
  return text.str();
}

}  // namespace b3iq::control

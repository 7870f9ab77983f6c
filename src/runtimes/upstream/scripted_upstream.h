// For tests: an upstream that says exactly what a script tells it to, byte by byte, on real
// sockets, each connection on its own thread.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace b3iq::runtimes {

// One accepted connection, as the script sees it.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {
    const int yes = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  // False when the peer is gone.
  bool say(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Ends the connection with a RST instead of a FIN.
  void reset() const {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  // Blocks until the peer has closed. This is how a test sees that the work was stopped.
  void wait_for_close() const {
    char byte = 0;
    while (::recv(fd_, &byte, 1, 0) > 0) {
    }
  }
  // Header and body of the next request, or "" when the peer closed.
  std::string hear() const {
    std::string text;
    std::size_t whole = std::string::npos;
    char buffer[65536];
    while (text.size() < whole) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return "";
      text.append(buffer, static_cast<std::size_t>(got));
      const std::size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos && whole == std::string::npos) whole = end + 4 + length_of(text);
    }
    return text;
  }

 private:
  static std::size_t length_of(const std::string& text) {
    for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
      const std::size_t at = text.find(name);
      if (at != std::string::npos) return std::stoul(text.substr(at + name.size()));
    }
    return 0;
  }
  int fd_;
};

class ScriptedUpstream {
 public:
  using Script = std::function<void(const Wire&, const std::string& request)>;

  // Runs `script` for each request; it returns to hear the next one on the same connection, which
  // ends when it throws. Requests on several connections run at once.
  explicit ScriptedUpstream(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedUpstream() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (auto& each : conversations_) each.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  std::string root_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return root_url() + "/v1"; }
  int connections() const { return connections_; }
  int closed() const { return closed_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::string last_body() const {
    const auto all = requests();
    return all.empty() ? "" : all.back().substr(all.back().find("\r\n\r\n") + 4);
  }

  struct HangUp {};

 private:
  void serve() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      conversations_.emplace_back([this, fd] {
        try {
          converse(Wire(fd));
        } catch (const HangUp&) {
        }
        ::close(fd);
        ++closed_;
      });
    }
  }
  void converse(const Wire& wire) {
    for (;;) {
      std::string request = wire.hear();
      if (request.empty()) return;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      script_(wire, request);
    }
  }

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> closed_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
  std::vector<std::thread> conversations_;  // touched by thread_, and after its end
};

// "HTTP/1.1 200 OK" with a body of known length.
inline std::string http_answer(std::string_view body, std::string_view status = "200 OK",
                               std::string_view more_headers = "") {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  out.append(std::to_string(body.size())).append("\r\n").append(more_headers).append("\r\n");
  return out.append(body);
}

inline constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

inline std::string http_chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size).append(bytes).append("\r\n");
}

}  // namespace b3iq::runtimes

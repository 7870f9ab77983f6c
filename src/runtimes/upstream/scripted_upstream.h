// For tests: an upstream that says exactly what a script tells it to, byte by byte, on a real
// socket and its own thread; and a loop with a runtime that talks to it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/event_loop.h"
#include "inference/openai_request.h"
#include "runtimes/openai/openai_runtime.h"

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
  // ends when it throws.
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
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }
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
      try {
        converse(Wire(fd));
      } catch (const HangUp&) {
      }
      ::close(fd);
      ++closed_;
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

// Everything that came of a stream.
struct Streamed {
  std::string events;
  std::string tail;
  int content_events = 0;
  std::int64_t text_bytes = 0;
  std::optional<inference::Finish> finish;
  std::optional<inference::Usage> usage;
  std::optional<base::Error> error;
};

// A loop on the test's thread, and a runtime on it.
class RuntimeOnLoop {
 public:
  explicit RuntimeOnLoop(OpenAiConfig config) {
    auto made = OpenAiRuntime::create(loop_, std::move(config));
    EXPECT_TRUE(made.ok());
    if (made.ok()) runtime = std::move(*made);
  }
  ~RuntimeOnLoop() {
    runtime.reset();
    loop_.settle();
  }

  // Runs a coroutine to its end.
  template <class T>
  T run(base::Task<T> task) {
    std::optional<T> result;
    auto body = carry(std::move(task), result);
    loop_.post([&body] { base::detach(std::move(body)); });
    loop_.run();
    return *std::move(result);
  }

  base::Result<inference::ChatAnswer> answer(const inference::ChatRequest& request) {
    return run(runtime->answer(request, source.token()));
  }
  Streamed stream(const inference::ChatRequest& request) { return run(collect(request, nullptr)); }
  // Calls `after_first` once the first step is there.
  Streamed stream(const inference::ChatRequest& request, std::function<void()> after_first) {
    return run(collect(request, std::move(after_first)));
  }

  std::unique_ptr<OpenAiRuntime> runtime;
  base::CancelSource source;
  http::EventLoop& loop() { return loop_; }

 private:
  template <class T>
  base::Task<void> carry(base::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
    loop_.stop();
  }

  base::Task<Streamed> collect(const inference::ChatRequest& request,
                               std::function<void()> after_first) {
    Streamed out;
    auto stream = co_await runtime->stream(request, source.token());
    if (!stream.ok()) {
      out.error = stream.error();
      co_return out;
    }
    for (;;) {
      auto step = co_await stream.value()->next();
      if (!step.ok()) {
        out.error = step.error();
        co_return out;
      }
      if (step.value() == nullptr) co_return out;
      const inference::StreamStep& s = **step;
      out.events.append(s.sse);
      out.content_events += s.sse_content_events;
      out.text_bytes += s.sse_text_bytes;
      if (!s.sse_tail.empty()) out.tail = s.sse_tail;
      if (s.finish) out.finish = s.finish;
      if (s.usage) out.usage = s.usage;
      if (after_first) std::exchange(after_first, nullptr)();
    }
  }

  http::EventLoop loop_;
};

inline inference::ChatRequest decoded(const std::string& body) {
  auto request = inference::decode_chat_request(body);
  EXPECT_TRUE(request.ok()) << request.error().detail;
  return std::move(*request);
}

inline const std::string kPlainBody =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}], "x_order" : 1.50 })";
inline const std::string kStreamBody =
    R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})";
inline const std::string kAnswer =
    R"({"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11}})";
inline const std::string kRoleEvent =
    R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"
    "\n\n";
inline const std::string kTextEvent =
    R"(data: {"id":"c1","choices":[{"index":0,"delta":{"content":"hel"},"finish_reason":null}]})"
    "\n\n";
inline const std::string kFinishEvent =
    R"(data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
    "\n\n";
inline const std::string kUsageEvent =
    R"(data: {"id":"c1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})"
    "\n\n";
inline const std::string kDoneEvent = "data: [DONE]\n\n";

}  // namespace b3iq::runtimes

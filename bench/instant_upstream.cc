// An OpenAI-compatible server that answers at once: what stands behind the proxies in the
// benchmarks. One thread, epoll.
//
//   instant_upstream [--port N] [--pace-ms N]
//
// GET /v1/models; POST /v1/chat/completions: a fixed completion, or with "stream":true 50 chunks, a
// finish chunk, a usage chunk when asked for, and [DONE]; one write per event, --pace-ms apart.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

constexpr int kChunks = 50;
constexpr std::size_t kReadBytes = 64 * 1024;

constexpr std::string_view kModels =
    R"({"object":"list","data":[{"id":"bench","object":"model","created":1700000000,"owned_by":"bench"}]})";
constexpr std::string_view kCompletion =
    R"({"id":"chatcmpl-bench","object":"chat.completion","created":1700000000,"model":"bench","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"The quick brown fox jumps over the lazy dog."},"logprobs":null,)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":10,"total_tokens":22}})";
constexpr std::string_view kChunkHead =
    R"({"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[)";

std::string http_answer(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string framed(const std::string& json) {
  const std::string event = "data: " + json + "\n\n";
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", event.size());
  return size + event + "\r\n";
}

struct Answers {
  std::string models = http_answer(kModels);
  std::string completion = http_answer(kCompletion);
  std::string not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  std::string stream_head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: "
      "no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::vector<std::string> chunks;
  std::string finish;
  std::string usage;
  std::string done = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

  Answers() {
    const std::string head(kChunkHead);
    for (int i = 0; i < kChunks; ++i) {
      const std::string role = i == 0 ? R"("role":"assistant",)" : "";
      std::string event = head;
      event.append(R"({"index":0,"delta":{)").append(role).append(R"("content":"token)");
      event.append(std::to_string(i)).append(R"( "},"logprobs":null,"finish_reason":null}]})");
      chunks.push_back(framed(event));
    }
    finish = framed(head + R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]})");
    usage = framed(head +
                   R"(],"usage":{"prompt_tokens":12,"completion_tokens":50,"total_tokens":62}})");
  }
};

std::int64_t now_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

struct Peer {
  int fd;
  std::string in;
  std::string blocked;  // what the socket did not take
  bool streaming = false;
  bool with_usage = false;
  int next_event = 0;
};

class Upstream {
 public:
  Upstream(std::uint16_t port, int pace_ms) : pace_us_(pace_ms * std::int64_t{1000}) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 4096) != 0) {
      std::perror("instant_upstream: cannot listen");
      std::exit(1);
    }
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    add(listener_);
  }

  [[noreturn]] void run() {
    epoll_event events[128];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 128, wait_ms());
      for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == listener_) {
          accept_all();
        } else {
          serve(events[i].data.fd, events[i].events);
        }
      }
      run_timers();
    }
  }

 private:
  void add(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN | (fd == listener_ ? 0u : EPOLLOUT | EPOLLET);
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  int wait_ms() const {
    if (timers_.empty()) return -1;
    const std::int64_t left = timers_.top().at_us - now_us();
    return left <= 0 ? 0 : static_cast<int>((left + 999) / 1000);
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      peers_[fd] = std::make_unique<Peer>(Peer{fd, {}, {}});
      add(fd);
    }
  }

  void drop(int fd) {
    peers_.erase(fd);
    close(fd);
  }

  // False when the peer is gone.
  bool put(Peer& peer, std::string_view bytes) const {
    if (peer.blocked.empty()) {
      const ssize_t sent = send(peer.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return false;
      bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    }
    peer.blocked.append(bytes);
    return true;
  }

  bool unblock(Peer& peer) const {
    const std::string waiting = std::exchange(peer.blocked, {});
    return waiting.empty() || put(peer, waiting);
  }

  void serve(int fd, std::uint32_t events) {
    const auto found = peers_.find(fd);
    if (found == peers_.end()) return;
    Peer& peer = *found->second;
    if ((events & EPOLLOUT) && !unblock(peer)) return drop(fd);
    for (;;) {
      const ssize_t got = recv(fd, buffer_, sizeof buffer_, 0);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return drop(fd);
      if (got < 0) break;
      peer.in.append(buffer_, static_cast<std::size_t>(got));
      if (static_cast<std::size_t>(got) < sizeof buffer_) break;
    }
    if (!answer_all(peer)) drop(fd);
  }

  bool answer_all(Peer& peer) {
    while (!peer.streaming) {
      const auto end = peer.in.find("\r\n\r\n");
      if (end == std::string::npos) return peer.in.size() < kReadBytes * 64;
      std::size_t length = 0;
      const std::string_view head(peer.in.data(), end);
      for (const char* name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
        const auto at = head.find(name);
        if (at != std::string_view::npos)
          length = std::strtoul(peer.in.c_str() + at + 18, nullptr, 10);
      }
      if (peer.in.size() < end + 4 + length) return true;
      if (!answer(peer, head, std::string_view(peer.in).substr(end + 4, length))) return false;
      peer.in.erase(0, end + 4 + length);
    }
    return true;
  }

  bool answer(Peer& peer, std::string_view head, std::string_view body) {
    if (head.substr(0, 15) == "GET /v1/models ") return put(peer, answers_.models);
    if (head.substr(0, 26) != "POST /v1/chat/completions ") return put(peer, answers_.not_found);
    const bool stream = body.find("\"stream\":true") != std::string_view::npos ||
                        body.find("\"stream\": true") != std::string_view::npos;
    if (!stream) return put(peer, answers_.completion);
    peer.with_usage = body.find("\"include_usage\":true") != std::string_view::npos ||
                      body.find("\"include_usage\": true") != std::string_view::npos;
    peer.next_event = 0;
    peer.streaming = true;
    if (!put(peer, answers_.stream_head)) return false;
    if (pace_us_ > 0) {
      schedule(peer.fd, now_us());
      return true;
    }
    while (peer.streaming) {
      if (!put_event(peer)) return false;
    }
    return true;
  }

  bool put_event(Peer& peer) {
    const int event = peer.next_event++;
    if (event < kChunks) return put(peer, answers_.chunks[static_cast<std::size_t>(event)]);
    if (event == kChunks) return put(peer, answers_.finish);
    if (event == kChunks + 1 && peer.with_usage) return put(peer, answers_.usage);
    peer.streaming = false;
    return put(peer, answers_.done);
  }

  struct Timer {
    std::int64_t at_us;
    int fd;
    bool operator<(const Timer& other) const { return at_us > other.at_us; }
  };

  void schedule(int fd, std::int64_t from_us) { timers_.push({from_us + pace_us_, fd}); }

  void run_timers() {
    const std::int64_t now = now_us();
    while (!timers_.empty() && timers_.top().at_us <= now) {
      const Timer timer = timers_.top();
      timers_.pop();
      const auto found = peers_.find(timer.fd);
      if (found == peers_.end() || !found->second->streaming) continue;
      Peer& peer = *found->second;
      if (!put_event(peer) || (!peer.streaming && !answer_all(peer))) {
        drop(timer.fd);
      } else if (peer.streaming) {
        schedule(timer.fd, timer.at_us);
      }
    }
  }

  std::int64_t pace_us_;
  int epoll_;
  int listener_;
  Answers answers_;
  std::unordered_map<int, std::unique_ptr<Peer>> peers_;
  std::priority_queue<Timer> timers_;
  char buffer_[kReadBytes];
};

}  // namespace

int main(int argc, char** argv) {
  int port = 0;
  int pace_ms = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--port") port = std::atoi(argv[i + 1]);
    if (std::string_view(argv[i]) == "--pace-ms") pace_ms = std::atoi(argv[i + 1]);
  }
  const auto upstream = std::make_unique<Upstream>(static_cast<std::uint16_t>(port), pace_ms);
  upstream->run();
}

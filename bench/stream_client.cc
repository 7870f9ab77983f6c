// Opens many streamed chat completions at once and times every frame.
//
//   stream_client --port N --body FILE --key-file FILE [--connections N] [--seconds S] [--frames N]
//   [--pace-ms N]
//                 [--streams N]
//
// Each connection asks for one stream after the other (keep-alive) until `seconds` have passed or
// it has had `streams` of them; a running stream is always read to its end. Starts are spread over
// one pace, as strangers' would be. A frame's lag is how much later it came than the best frame of
// its stream allows: a_k - k * pace - min_j(a_j - j * pace). Prints one JSON line.
//
// lost: frames of `frames` per stream that never came, and streams without [DONE]. late: frames
// with lag above 10 ms.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kLateNs = 10 * kNsPerMs;
constexpr std::int64_t kPatienceNs =
    20'000 * kNsPerMs;  // past the asked time, for streams that still run
constexpr int kEvents = 512;

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

struct Options {
  int port = 0;
  int connections = 1;
  int seconds = 2;
  int frames = 50;
  int pace_ms = 0;
  std::int64_t streams = -1;
  std::string body;
  std::string key;
};

struct Totals {
  std::int64_t streams = 0;
  std::int64_t frames = 0;
  std::int64_t lost = 0;
  std::int64_t late = 0;
  std::int64_t failed = 0;
  std::vector<std::int64_t> first;  // ns from request to first frame
  std::vector<std::int64_t> lags;   // ns
};

// Finds `data:` lines in decoded bytes, whatever the pieces they come in.
class FrameScanner {
 public:
  void reset() {
    line_.clear();
    done_ = false;
  }
  // Calls `frame()` for each complete data line, and notes [DONE].
  template <class Frame>
  void feed(std::string_view bytes, Frame frame) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line_.size() < kKept) line_ += c;
        continue;
      }
      if (line_.starts_with("data:")) {
        if (line_.find("[DONE]") != std::string::npos) {
          done_ = true;
        } else {
          frame();
        }
      }
      line_.clear();
    }
  }
  bool done() const { return done_; }

 private:
  static constexpr std::size_t kKept = 16;
  std::string line_;
  bool done_ = false;
};

// Reads one HTTP/1.1 answer after the other: chunked, or with a length.
class AnswerReader {
 public:
  enum class State : std::uint8_t { header, body, size, data, data_end, trailer, whole, broken };

  State state() const { return state_; }
  int status() const { return status_; }
  void reset() {
    state_ = State::header;
    text_.clear();
  }

  template <class Sink>
  void feed(std::string_view bytes, Sink sink) {
    while (!bytes.empty() && state_ != State::whole && state_ != State::broken) {
      if (state_ == State::header) {
        header(bytes);
      } else if (state_ == State::body || state_ == State::data) {
        payload(bytes, sink);
      } else {
        line(bytes);
      }
    }
  }

 private:
  void header(std::string_view& bytes) {
    const auto had = text_.size();
    text_ += bytes;
    const auto end = text_.find("\r\n\r\n");
    if (end == std::string::npos) {
      bytes = {};
      return;
    }
    bytes.remove_prefix(end + 4 - had);
    std::string head = text_.substr(0, end);
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    status_ = head.size() > 12 ? std::atoi(head.c_str() + 9) : 0;
    text_.clear();
    if (head.find("transfer-encoding: chunked") != std::string::npos) {
      state_ = State::size;
    } else if (const auto at = head.find("content-length: "); at != std::string::npos) {
      left_ = std::strtoull(head.c_str() + at + 16, nullptr, 10);
      state_ = left_ == 0 ? State::whole : State::body;
    } else {
      state_ = State::broken;
    }
  }

  template <class Sink>
  void payload(std::string_view& bytes, Sink sink) {
    const auto take = std::min<std::size_t>(bytes.size(), left_);
    sink(bytes.substr(0, take));
    bytes.remove_prefix(take);
    left_ -= take;
    if (left_ == 0) state_ = state_ == State::body ? State::whole : State::data_end;
  }

  void line(std::string_view& bytes) {
    const auto end = bytes.find('\n');
    text_ += bytes.substr(0, end == std::string_view::npos ? bytes.size() : end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (end == std::string_view::npos) return;
    if (state_ == State::size) {
      left_ = std::strtoull(text_.c_str(), nullptr, 16);
      state_ = left_ == 0 ? State::trailer : State::data;
    } else if (state_ == State::data_end) {
      state_ = State::size;
    } else if (text_.empty() || text_ == "\r") {
      state_ = State::whole;
    }
    text_.clear();
  }

  State state_ = State::header;
  int status_ = 0;
  std::size_t left_ = 0;
  std::string text_;
};

struct Connection {
  int fd = -1;
  bool busy = false;
  std::int64_t start_at = 0;  // when its first stream begins
  std::int64_t asked_at = 0;
  std::int64_t had = 0;
  AnswerReader reader;
  FrameScanner scanner;
  std::vector<std::int64_t> arrivals;
};

class Client {
 public:
  explicit Client(Options options) : options_(std::move(options)) {
    request_ =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options_.port) +
        "\r\nAuthorization: Bearer " + options_.key +
        "\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(options_.body.size()) + "\r\n\r\n" + options_.body;
  }

  int run() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(static_cast<std::size_t>(options_.connections));
    const auto begin = now_ns();
    const auto step = options_.pace_ms * kNsPerMs / options_.connections;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (!connect_one(i)) return 1;
      connections_[i].start_at = begin + static_cast<std::int64_t>(i) * step;
    }
    deadline_ = now_ns() + options_.seconds * 1000 * kNsPerMs;
    while (work_left()) step_once();
    print(now_ns() - begin);
    return 0;
  }

 private:
  bool connect_one(std::size_t index) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      std::fprintf(stderr, "stream_client: connection %zu: %s\n", index, std::strerror(errno));
      return false;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    connections_[index].fd = fd;
    return true;
  }

  bool work_left() const {
    const auto now = now_ns();
    if (now > deadline_ + kPatienceNs) return false;
    for (const auto& one : connections_) {
      if (one.busy || wants_more(one, now)) return true;
    }
    return false;
  }

  bool wants_more(const Connection& one, std::int64_t now) const {
    return one.fd >= 0 && now < deadline_ && (options_.streams < 0 || one.had < options_.streams);
  }

  void step_once() {
    const auto now = now_ns();
    for (auto& one : connections_) {
      if (!one.busy && now >= one.start_at && wants_more(one, now)) ask(one);
    }
    std::array<epoll_event, kEvents> events{};
    const int count = epoll_wait(epoll_, events.data(), kEvents, 1);
    for (int i = 0; i < count; ++i)
      read_some(connections_[events[static_cast<std::size_t>(i)].data.u64]);
  }

  void ask(Connection& one) {
    one.busy = true;
    one.reader.reset();
    one.scanner.reset();
    one.arrivals.clear();
    one.asked_at = now_ns();
    ++one.had;
    if (send(one.fd, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size()))
      fail(one);
  }

  void read_some(Connection& one) {
    static std::array<char, 256 * 1024> buffer;
    const auto got = recv(one.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      fail(one);
      return;
    }
    const auto at = now_ns();
    one.reader.feed({buffer.data(), static_cast<std::size_t>(got)}, [&](std::string_view body) {
      one.scanner.feed(body, [&] { one.arrivals.push_back(at); });
    });
    if (one.reader.state() == AnswerReader::State::broken) fail(one);
    if (one.reader.state() == AnswerReader::State::whole) finish(one);
  }

  void fail(Connection& one) {
    if (one.busy) {
      ++totals_.failed;
      totals_.lost += options_.frames;
    }
    close(one.fd);
    one.fd = -1;
    one.busy = false;
  }

  void finish(Connection& one) {
    one.busy = false;
    if (one.reader.status() != 200) {
      ++totals_.failed;
      totals_.lost += options_.frames;
      return;
    }
    ++totals_.streams;
    const auto frames = static_cast<std::int64_t>(one.arrivals.size());
    totals_.frames += frames;
    totals_.lost +=
        std::max<std::int64_t>(0, options_.frames - frames) + (one.scanner.done() ? 0 : 1);
    if (one.arrivals.empty()) return;
    totals_.first.push_back(one.arrivals.front() - one.asked_at);
    if (options_.pace_ms > 0) note_lags(one);
  }

  void note_lags(const Connection& one) {
    const auto pace = options_.pace_ms * kNsPerMs;
    const auto count =
        std::min<std::size_t>(one.arrivals.size(), static_cast<std::size_t>(options_.frames));
    auto base = one.arrivals.front();
    for (std::size_t k = 0; k < count; ++k) {
      base = std::min(base, one.arrivals[k] - static_cast<std::int64_t>(k) * pace);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const auto lag = one.arrivals[k] - static_cast<std::int64_t>(k) * pace - base;
      totals_.lags.push_back(lag);
      if (lag > kLateNs) ++totals_.late;
    }
  }

  static double at(std::vector<std::int64_t>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto index = std::min(
        sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * share));
    return static_cast<double>(sorted[index]) / 1e6;
  }

  void print(std::int64_t elapsed_ns) {
    std::int64_t unfinished = 0;
    for (const auto& one : connections_) unfinished += one.busy ? 1 : 0;
    std::sort(totals_.first.begin(), totals_.first.end());
    std::sort(totals_.lags.begin(), totals_.lags.end());
    std::printf(
        "{\"streams\":%lld,\"frames\":%lld,\"lost\":%lld,\"late\":%lld,\"failed\":%lld,"
        "\"unfinished\":%lld,"
        "\"seconds\":%.3f,\"first_ms\":{\"p50\":%.4f,\"p99\":%.4f},\"lag_ms\":{\"p50\":%.4f,"
        "\"p99\":%.4f,\"p999\":%.4f,"
        "\"max\":%.4f}}\n",
        static_cast<long long>(totals_.streams), static_cast<long long>(totals_.frames),
        static_cast<long long>(totals_.lost), static_cast<long long>(totals_.late),
        static_cast<long long>(totals_.failed), static_cast<long long>(unfinished),
        static_cast<double>(elapsed_ns) / 1e9, at(totals_.first, 0.5), at(totals_.first, 0.99),
        at(totals_.lags, 0.5), at(totals_.lags, 0.99), at(totals_.lags, 0.999),
        at(totals_.lags, 1.0));
  }

  Options options_;
  std::string request_;
  int epoll_ = -1;
  std::int64_t deadline_ = 0;
  std::vector<Connection> connections_;
  Totals totals_;
};

std::string read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return text;
}

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = words[i];
    const std::string value = words[i + 1];
    if (name == "--body") {
      options.body = read_file(value);
    } else if (name == "--key-file") {
      options.key = read_file(value);
      options.key.erase(options.key.find_last_not_of(" \r\n\t") + 1);
    } else {
      std::int64_t number = 0;
      const auto [end, failure] =
          std::from_chars(value.data(), value.data() + value.size(), number);
      if (failure != std::errc() || end != value.data() + value.size()) return false;
      const auto small = static_cast<int>(number);
      if (name == "--port")
        options.port = small;
      else if (name == "--connections")
        options.connections = small;
      else if (name == "--seconds")
        options.seconds = small;
      else if (name == "--frames")
        options.frames = small;
      else if (name == "--pace-ms")
        options.pace_ms = small;
      else if (name == "--streams")
        options.streams = number;
      else
        return false;
    }
  }
  return count % 2 == 1 && options.port > 0 && options.connections > 0 && !options.body.empty();
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse(count, words, options)) {
    std::fprintf(stderr,
                 "use: stream_client --port N --body FILE --key-file FILE [--connections N] "
                 "[--seconds S] [--frames N] "
                 "[--pace-ms N] [--streams N]\n");
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  return Client(std::move(options)).run();
}

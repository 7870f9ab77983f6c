#include "connections.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>

namespace b3iq::fleet {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::size_t kMaxAnswerBytes = 8 * 1024 * 1024;
constexpr int kEvents = 512;
// Of the 28,000 ports that an address has for connections to one server, connect() takes every
// second one first and then walks over those to find another: a millisecond of a core each time.
constexpr std::size_t kConnectionsOfOneAddress = 8'000;
constexpr int kIndexBits = 32;
constexpr std::uint32_t kGone = EPOLLRDHUP | EPOLLHUP;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

std::int64_t retry_after_ms(const http::ResponseInfo& info) {
  const auto text = http::find_header(info.headers, "Retry-After");
  std::int64_t seconds = 0;
  if (!text) return 0;
  std::from_chars(text->data(), text->data() + text->size(), seconds);
  return std::max<std::int64_t>(0, seconds) * 1000;
}

}  // namespace

std::int64_t steady_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

sockaddr_in parse_address(std::string_view text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return address;
  const std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1) address.sin_port = htons(port);
  return address;
}

Connections::Connections(std::size_t count, AnswerHandler& handler)
    : handler_(handler),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(count),
      buffer_(kBufferBytes) {}

Connections::~Connections() {
  for (const auto& one : connections_) {
    if (one.fd >= 0) ::close(one.fd);
  }
  ::close(epoll_);
}

bool Connections::open(std::size_t index) {
  Connection& one = connections_[index];
  one.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (one.fd < 0) return false;
  const int on = 1;
  setsockopt(one.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (source_.sin_family != 0) {
    // The port is chosen when it connects, so that it may serve other servers, too.
    setsockopt(one.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source = source_;
    source.sin_port = 0;
    const auto block = static_cast<std::uint32_t>(index / kConnectionsOfOneAddress);
    source.sin_addr.s_addr = htonl(ntohl(source_.sin_addr.s_addr) + (block << 8));
    if (bind(one.fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
      close(index);
      return false;
    }
  }
  if (connect(one.fd, reinterpret_cast<const sockaddr*>(&one.server), sizeof one.server) != 0 &&
      errno != EINPROGRESS) {
    close(index);
    return false;
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = index | static_cast<std::uint64_t>(++one.opened) << kIndexBits;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, one.fd, &event) == 0) return true;
  close(index);
  return false;
}

bool Connections::send(std::size_t connection, std::string_view request) {
  Connection& one = connections_[connection];
  if (one.busy) return false;
  if (one.fd < 0) {
    if (!open(connection)) return false;
  } else if (one.established) {
    const auto sent = ::send(one.fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(request.size())) {
      one.busy = true;
      return true;
    }
    if (sent < 0 && errno != EAGAIN) {
      close(connection);
      return false;
    }
    request.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(0, sent)));
  }
  one.busy = true;
  one.unsent = request;
  return true;
}

void Connections::close(std::size_t connection) {
  Connection& one = connections_[connection];
  if (one.fd >= 0) ::close(one.fd);
  one.fd = -1;
  one.busy = one.established = false;
  one.unsent = {};
  one.unread = {};
}

void Connections::give_up(std::size_t index) {
  const bool asked = connections_[index].busy;
  close(index);
  handler_.lost(index, asked);
}

bool Connections::flush(Connection& one) {
  if (one.unsent.empty()) return true;
  const auto sent = ::send(one.fd, one.unsent.data(), one.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  if (static_cast<std::size_t>(sent) == one.unsent.size()) {
    one.unsent = {};
  } else {
    one.unsent.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void Connections::wait(std::int64_t deadline_ns) {
  std::array<epoll_event, kEvents> events{};
  const std::int64_t left = std::max<std::int64_t>(0, deadline_ns - steady_ns());
  const timespec timeout{left / kNsPerSecond, left % kNsPerSecond};
  const int count = epoll_pwait2(epoll_, events.data(), kEvents, &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const std::size_t index = event.data.u64 & ((std::uint64_t{1} << kIndexBits) - 1);
    const auto opened = static_cast<std::uint32_t>(event.data.u64 >> kIndexBits);
    // Closed, or opened anew, while an earlier event of the same batch was handled: not its event.
    if (connections_[index].fd >= 0 && connections_[index].opened == opened)
      on_event(index, event.events);
  }
}

void Connections::on_event(std::size_t index, std::uint32_t events) {
  Connection& one = connections_[index];
  if ((events & EPOLLERR) != 0) {
    give_up(index);
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    one.established = true;
    if (!flush(one)) {
      give_up(index);
      return;
    }
  }
  if ((events & (EPOLLIN | kGone)) != 0) read_all(index, (events & kGone) != 0);
}

void Connections::read_all(std::size_t index, bool to_the_end) {
  for (;;) {
    Connection& one = connections_[index];
    if (one.fd < 0) return;
    const auto got = recv(one.fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      give_up(index);
      return;
    }
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(got));
    std::string whole;
    if (!one.unread.empty()) {
      whole = std::move(one.unread);
      whole.append(bytes);
      bytes = whole;
      one.unread = {};
    }
    if (!take_answer(index, bytes)) {
      give_up(index);
      return;
    }
    if (!bytes.empty()) connections_[index].unread = bytes;
    if (!to_the_end && static_cast<std::size_t>(got) < buffer_.size()) return;
  }
}

bool Connections::take_answer(std::size_t index, std::string_view& bytes) {
  const auto end = bytes.find(kHeaderEnd);
  if (end == std::string_view::npos) return bytes.size() < kMaxAnswerBytes;
  if (http::parse_response_head(bytes.substr(0, end + 2), info_) != nullptr || info_.chunked)
    return false;
  const std::size_t length = info_.content_length.value_or(0);
  const std::size_t size = end + kHeaderEnd.size() + length;
  if (size > kMaxAnswerBytes || bytes.size() > size) return false;  // nothing was asked beyond it
  if (bytes.size() < size) return true;
  const Answer answer{info_.status, bytes.substr(size - length), retry_after_ms(info_)};
  bytes = {};
  connections_[index].busy = false;
  if (!info_.keep_alive) close(index);
  handler_.answered(index, answer);
  return true;
}

}  // namespace b3iq::fleet

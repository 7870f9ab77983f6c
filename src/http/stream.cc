#include "http/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace b3iq::http {

void skip_written(std::span<iovec>& parts, std::size_t bytes) {
  while (!parts.empty() && bytes >= parts.front().iov_len) {
    bytes -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (bytes > 0) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + bytes;
    parts.front().iov_len -= bytes;
  }
}

namespace {

// One part needs no list of parts, which the kernel copies and looks through.
ssize_t send_now(int fd, std::span<iovec> parts) {
  if (parts.size() == 1) return send(fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

Stream::Stream(Reactor& reactor, int fd)
    : reactor_(reactor), fd_(fd), registered_(reactor.watch(fd, *this)) {}

Stream::~Stream() {
  if (alive_) *alive_ = false;
  reactor_.forget(fd_, *this);
  tls_.reset();
  close(fd_);
}

void Stream::ready(std::uint32_t events) {
  constexpr std::uint32_t kGone = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  Reactor& reactor = reactor_;  // a resumed coroutine may destroy this stream
  if (events & (EPOLLIN | kGone)) {
    readable_ = true;
    if (write_wants_read_) writable_ = true;
  }
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
    writable_ = true;
    if (read_wants_write_) readable_ = true;
  }
  if ((events & kGone) && !hung_up_) {
    hung_up_ = true;
    if (listener_) listener_->hung_up();
  }
  if (reactor.is_current(*this) && readable_ && reader_) resume(reader_);
  if (reactor.is_current(*this) && writable_ && writer_) resume(writer_);
}

void Stream::interrupt() {
  interrupted_ = true;
  reactor_.wake(*this);
}

void Stream::wake() {
  bool alive = true;
  bool* const outer = std::exchange(alive_, &alive);
  if (reader_) resume(reader_);
  if (alive && writer_) resume(writer_);
  if (alive) alive_ = outer;
}

void Stream::shut_down_writes() {
  if (tls_) tls_->send_close_notify();
  shutdown(fd_, SHUT_WR);
}

// Linux resets a TCP connection that is "connected" to no address; elsewhere it is closed both
// ways.
void Stream::cut_off() {
  interrupt();
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  if (connect(fd_, &nowhere, sizeof nowhere) != 0) shutdown(fd_, SHUT_RDWR);
}

IoState Stream::handshake() { return tls_->handshake(*this); }

IoResult Stream::read(std::span<char> buffer) {
  if (tls_) return tls_->read(*this, buffer);
  ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
  // Timers and pipes are read the plain way.
  if (got < 0 && errno == ENOTSOCK) got = ::read(fd_, buffer.data(), buffer.size());
  if (got > 0) {
    // A short read emptied the socket; the next arrival is a new event.
    if (static_cast<std::size_t>(got) < buffer.size() && !hung_up_) readable_ = false;
    return {IoState::done, static_cast<std::size_t>(got)};
  }
  if (got == 0) return {IoState::end};
  if (errno == EAGAIN || errno == EINTR) {
    if (errno == EAGAIN) readable_ = false;
    return {IoState::again};
  }
  return {IoState::failed};
}

IoState Stream::write(std::span<iovec>& parts) {
  return tls_ ? write_tls(parts) : write_plain(parts);
}

IoState Stream::write_plain(std::span<iovec>& parts) {
  skip_written(parts, 0);
  while (!parts.empty()) {
    const ssize_t sent = send_now(fd_, parts);
    if (sent >= 0) {
      skip_written(parts, static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      writable_ = false;
      return IoState::again;
    } else if (errno != EINTR) {
      return IoState::failed;
    }
  }
  return IoState::done;
}

IoState Stream::write_tls(std::span<iovec>& parts) {
  skip_written(parts, 0);
  if (parts.empty()) return IoState::done;
  auto block = reactor_.large_blocks().take();
  const std::size_t room = reactor_.large_blocks().block_bytes();
  IoState state = IoState::done;
  while (state == IoState::done && !parts.empty()) {
    // One record holds as much as fits; after `again` the same bytes are gathered again, as OpenSSL
    // demands.
    std::size_t gathered = 0;
    for (const auto& part : parts) {
      const std::size_t take = std::min(part.iov_len, room - gathered);
      std::memcpy(block.get() + gathered, part.iov_base, take);
      gathered += take;
      if (gathered == room) break;
    }
    const IoResult result = tls_->write(*this, {block.get(), gathered});
    state = result.state;
    if (state == IoState::done) skip_written(parts, result.bytes);
  }
  reactor_.large_blocks().give(std::move(block));
  return state;
}

}  // namespace b3iq::http

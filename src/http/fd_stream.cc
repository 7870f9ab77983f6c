#include "http/fd_stream.h"

#include <fcntl.h>

#include "http/stream.h"

namespace b3iq::http {

using base::ErrorCode;

struct FdStream::Impl {
  Impl(EventLoop& loop, int fd) : stream(loop.impl().reactor, fd) {}
  base::Error broken(const char* what) const {
    if (stream.interrupted()) return {ErrorCode::cancelled, "the stream was closed"};
    return {ErrorCode::upstream_failed, what};
  }
  Stream stream;
};

FdStream::FdStream(EventLoop& loop, int fd) {
  const int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  impl_ = std::make_unique<Impl>(loop, fd);
}

FdStream::~FdStream() = default;

base::Task<base::Result<std::size_t>> FdStream::read_some(std::span<char> buffer) {
  Impl& impl = *impl_;
  for (;;) {
    if (impl.stream.interrupted() || !impl.stream.registered())
      co_return impl.broken("the stream cannot be watched");
    const IoResult result = impl.stream.read(buffer);
    if (result.state == IoState::done) co_return result.bytes;
    if (result.state == IoState::end) co_return std::size_t{0};
    if (result.state == IoState::failed) co_return impl.broken("reading from the stream failed");
    co_await impl.stream.wait_readable();
  }
}

base::Task<base::Status> FdStream::write_all(std::string_view bytes) {
  Impl& impl = *impl_;
  iovec part = part_of(bytes);
  std::span<iovec> pending(&part, 1);
  for (;;) {
    if (impl.stream.interrupted() || !impl.stream.registered())
      co_return impl.broken("the stream cannot be watched");
    const IoState state = impl.stream.write(pending);
    if (state == IoState::done) co_return base::Status();
    if (state != IoState::again) co_return impl.broken("writing to the stream failed");
    co_await impl.stream.wait_writable();
  }
}

void FdStream::close() {
  impl_->stream.shut_down_writes();
  impl_->stream.interrupt();
}

}  // namespace b3iq::http

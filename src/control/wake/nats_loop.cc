#include "control/wake/nats_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "control/wake/nats_link.h"

namespace b3iq::control {

namespace {

std::int64_t now_ms() { return base::system_clock().steady_ns() / 1'000'000; }

}  // namespace

NatsLoop::NatsLoop() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { B3_CHECK(wake_ >= 0); }

NatsLoop::~NatsLoop() {
  if (socket_ >= 0) ::close(socket_);
  ::close(wake_);
}

natsStatus NatsLoop::serve(natsOptions* options) {
  return natsOptions_SetEventLoop(options, this, &on_attach, &on_read, &on_write, &on_detach);
}

// libnats holds the connection's lock in all four. The thread that starts here waits for it in its
// first call, so it sees the connection as the connecting thread leaves it.
natsStatus NatsLoop::on_attach(void** data, void* loop, natsConnection* connection,
                               natsSock socket) {
  auto& self = *static_cast<NatsLoop*>(loop);
  *data = loop;
  self.connection_ = connection;
  self.libnats_socket_ = socket;
  self.socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (self.socket_ < 0) return NATS_SYS_ERROR;
  self.heard_ms_ = now_ms();
  try {
    self.thread_ = std::thread([&self] { self.run(); });
  } catch (const std::system_error&) {
    return NATS_SYS_ERROR;
  }
  return NATS_OK;
}

// Reading is on from the beginning; that it ends is the first that libnats says when it closes.
natsStatus NatsLoop::on_read(void* data, bool add) {
  if (add) return NATS_OK;
  auto& self = *static_cast<NatsLoop*>(data);
  const std::lock_guard lock(self.mutex_);
  self.closed_ = true;
  self.changed_.notify_all();
  return NATS_OK;
}

natsStatus NatsLoop::on_write(void* data, bool add) {
  auto& self = *static_cast<NatsLoop*>(data);
  const std::lock_guard lock(self.mutex_);
  if (add && !self.unsent_) self.unsent_since_ms_ = now_ms();
  self.unsent_ = add;
  if (add) {
    self.wake();
  } else {
    self.changed_.notify_all();
  }
  return NATS_OK;
}

// Since 3.10 libnats leaves closing its socket to the loop.
natsStatus NatsLoop::on_detach(void* data) {
#if NATS_VERSION_NUMBER >= 0x030A00
  auto& self = *static_cast<NatsLoop*>(data);
  natsConnection_ProcessCloseEvent(&self.libnats_socket_);
#else
  (void)data;
#endif
  return NATS_OK;
}

void NatsLoop::run() {
  while (turn()) {
  }
  bool close = false;
  {
    const std::lock_guard lock(mutex_);
    close = !cut_reason_.empty() && !closed_;
  }
  if (close) natsConnection_Close(connection_);
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool NatsLoop::turn() {
  pollfd waits[] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || !cut_reason_.empty() || (ending_ && !unsent_)) return false;
    if (unsent_) waits[0].events |= POLLOUT;
  }
  if (::poll(waits, std::size(waits), -1) < 0) {
    if (errno == EINTR) return true;
    const std::lock_guard lock(mutex_);
    cut("The machine has no memory to wait for the server with");
    return false;
  }
  if (waits[1].revents != 0) {
    std::uint64_t count = 0;
    (void)!::read(wake_, &count, sizeof(count));
  }
  if ((waits[0].revents & ~POLLOUT) != 0) read();
  if ((waits[0].revents & POLLOUT) != 0) write();
  return true;
}

void NatsLoop::read() {
  enter();
  // libnats takes an errno that is left over for the reason why TLS failed.
  errno = 0;
  natsConnection_ProcessReadEvent(connection_);
  leave();
  const std::lock_guard lock(mutex_);
  heard_ms_ = now_ms();
}

void NatsLoop::write() {
  enter();
  errno = 0;
  natsConnection_ProcessWriteEvent(connection_);
  leave();
  const std::lock_guard lock(mutex_);
  unsent_since_ms_ = now_ms();
}

void NatsLoop::enter() {
  const std::lock_guard lock(mutex_);
  inside_since_ms_ = now_ms();
}

void NatsLoop::leave() {
  const std::lock_guard lock(mutex_);
  inside_since_ms_ = -1;
}

void NatsLoop::end() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    wake();
    if (!changed_.wait_for(lock, std::chrono::milliseconds(kNatsWriteMs),
                           [this] { return ended_; })) {
      cut("It was ended while the server took nothing");
    }
  }
  thread_.join();
}

bool NatsLoop::wait_until_sent(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return !unsent_ || closed_; });
  return !unsent_ && !closed_;
}

void NatsLoop::watch() {
  const std::lock_guard lock(mutex_);
  if (closed_ || ended_ || !cut_reason_.empty()) return;
  const auto now = now_ms();
  if (now - heard_ms_ > kNatsSilentMs) {
    cut("The server has said nothing for too long");
  } else if (inside_since_ms_ >= 0 && now - inside_since_ms_ > kNatsStuckMs) {
    cut("The server stopped in the middle of a TLS record");
  } else if (unsent_ && now - unsent_since_ms_ > kNatsStuckMs) {
    cut("The server takes nothing that is sent to it");
  }
}

// The thread closes the connection. It may wait for the server inside libnats: with TLS libnats
// wants whole records, whatever the loop says; a socket that is shut down ends that.
void NatsLoop::cut(std::string reason) {
  if (cut_reason_.empty()) cut_reason_ = std::move(reason);
  ::shutdown(socket_, SHUT_RDWR);
  wake();
}

std::string NatsLoop::cut_reason() const {
  const std::lock_guard lock(mutex_);
  return cut_reason_;
}

void NatsLoop::wake() const {
  const std::uint64_t one = 1;
  // A full counter is already a signal.
  (void)!::write(wake_, &one, sizeof(one));
}

}  // namespace b3iq::control

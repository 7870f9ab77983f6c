// A non-blocking stream socket on a loop, plain or TLS. Reads and writes are plain calls that never
// wait; a coroutine waits for readiness only after one said `again`. One reader and one writer at a
// time.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <coroutine>
#include <memory>
#include <span>

#include "http/reactor.h"
#include "http/tls.h"

namespace b3iq::http {

enum class IoState : std::uint8_t { done, again, end, failed };
struct IoResult {
  IoState state;
  std::size_t bytes = 0;
};

// Told at once, inside the loop's dispatch, when the peer has closed its side or reset.
class HangupListener {
 public:
  virtual void hung_up() = 0;

 protected:
  ~HangupListener() = default;
};

class Stream final : private Watch, private Woken {
 public:
  // Takes the non-blocking descriptor.
  Stream(Reactor& reactor, int fd);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // False when the kernel could not register the descriptor.
  bool registered() const { return registered_; }
  int fd() const { return fd_; }
  void listen_for_hangup(HangupListener* listener) { listener_ = listener; }
  bool hung_up() const { return hung_up_; }

  void start_tls(std::unique_ptr<TlsSession> session) { tls_ = std::move(session); }
  TlsSession* tls() { return tls_.get(); }
  // One step of the TLS handshake: done, again (wait_handshake) or failed.
  IoState handshake();

  IoResult read(std::span<char> buffer);
  // Writes what the socket takes. `parts` is advanced past what was written; done when nothing is
  // left.
  IoState write(std::span<iovec>& parts);

  bool readable() const { return readable_; }
  // Ends pending and later waits at once, until resume_waits(). Any code of the loop's thread.
  void interrupt();
  bool interrupted() const { return interrupted_; }
  void resume_waits() { interrupted_ = false; }
  // Before waiting for connect() to end.
  void expect_writable() { writable_ = false; }
  void shut_down_writes();
  // Interrupts, and resets the connection, so that the peer stops at once; what was read of it
  // stays where it is.
  void cut_off();

  class Wait {
   public:
    Wait(Stream& stream, bool Stream::* ready, std::coroutine_handle<> Stream::* slot)
        : stream_(stream), ready_(ready), slot_(slot) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    ~Wait() {
      if (suspended_) stream_.*slot_ = nullptr;
    }
    bool await_ready() const noexcept { return stream_.*ready_ || stream_.interrupted_; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      stream_.*slot_ = handle;
      suspended_ = true;
    }
    void await_resume() noexcept { suspended_ = false; }

   private:
    Stream& stream_;
    bool Stream::* ready_;
    std::coroutine_handle<> Stream::* slot_;
    bool suspended_ = false;
  };
  Wait wait_readable() { return Wait(*this, &Stream::readable_, &Stream::reader_); }
  // Lets the loop's other work run before going on: nobody may keep the loop because its peer is
  // fast.
  struct Yield {
    Stream& stream;
    bool suspended = false;
    ~Yield() {
      if (suspended) stream.reader_ = nullptr;
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      stream.reader_ = handle;
      suspended = true;
      stream.reactor_.wake(stream);
    }
    void await_resume() noexcept { suspended = false; }
  };
  Yield yield() { return Yield{*this}; }
  Wait wait_writable() { return Wait(*this, &Stream::writable_, &Stream::writer_); }

 private:
  friend class TlsSession;
  void ready(std::uint32_t events) override;
  void wake() override;
  static void resume(std::coroutine_handle<>& slot) { std::exchange(slot, nullptr).resume(); }
  IoState write_plain(std::span<iovec>& parts);
  IoState write_tls(std::span<iovec>& parts);

  Reactor& reactor_;
  int fd_;
  bool registered_ = false;
  bool readable_ = true;
  bool writable_ = true;
  bool hung_up_ = false;
  bool interrupted_ = false;
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool* alive_ = nullptr;
  std::coroutine_handle<> reader_;
  std::coroutine_handle<> writer_;
  HangupListener* listener_ = nullptr;
  std::unique_ptr<TlsSession> tls_;
};

// Moves `parts` past `bytes` bytes.
void skip_written(std::span<iovec>& parts, std::size_t bytes);
inline iovec part_of(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace b3iq::http

// One connection to one NATS server, by libnats. When it is lost it is over: its owner makes
// another one. Nothing else in the program knows libnats, but for nats_loop.h.
//
// Threads: all that it does blocks: publish() for kNatsWriteMs at most, the destructor for
// kNatsEndLinkMs, and connect() without a limit when the server says nothing in a TLS handshake or
// the machine's resolver does not answer (nats_attempt.h). One thread at a time, never a loop. The
// socket is read and written on a thread of the link (nats_loop.h); the receiver is called on
// another, the reader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/wake/nats_settings.h"

namespace b3iq::control {

inline constexpr std::int64_t kNatsConnectMs = 2'000;  // until the server has answered
inline constexpr std::int64_t kNatsWriteMs = 2'000;
inline constexpr std::int64_t kNatsPingMs = 5'000;
// Two pings without an answer, and some time for the second: the server is taken for dead.
inline constexpr std::int64_t kNatsSilentMs = 12'000;
// So is one that takes nothing, or stops in the middle of a TLS record, for so long.
inline constexpr std::int64_t kNatsStuckMs = 5'000;
// libnats waits half a second for an answer when it closes with unsent bytes.
inline constexpr std::int64_t kNatsEndLinkMs = kNatsWriteMs + 500;
// What libnats holds for the link's thread to send; publish() waits beyond.
inline constexpr int kMaxNatsUnsentBytes = 128 * 1024;
// Messages that libnats holds until the receiver has taken them; more are dropped by it.
inline constexpr int kMaxNatsPendingMessages = 1'024;
inline constexpr int kMaxNatsPendingBytes = 4 * 1024 * 1024;

class NatsReceiver {
 public:
  virtual ~NatsReceiver() = default;
  virtual void on_message(std::string_view payload) noexcept = 0;
  // The link is of no use any more: the last call, once.
  virtual void on_lost() noexcept = 0;
};

class NatsLink {
 public:
  // Returns once the server has confirmed that this replica may publish to and hear the subject.
  // Errors: runtime_unreachable with what went wrong; those of read_nats_credentials().
  static base::Result<std::unique_ptr<NatsLink>> connect(const NatsSettings& settings,
                                                         const NatsServer& server);
  // Hands what has come and what comes to `receiver`, which outlives the link. Once.
  void start_reading(NatsReceiver& receiver);
  // Returns when the receiver is called no more.
  ~NatsLink();
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  // True when libnats has it: the link's thread hands it to the kernel at once or when the socket
  // takes it, in order; when that does not happen within kNatsStuckMs, the link is lost. False when
  // the link is lost, or when more than kMaxNatsUnsentBytes have waited for kNatsWriteMs.
  bool publish(std::string_view payload);
  // What libnats or the server said last about the connection; "" for nothing.
  std::string last_error() const;
  // Messages that libnats has dropped since connect().
  std::int64_t dropped() const;

 private:
  struct Impl;
  explicit NatsLink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace b3iq::control

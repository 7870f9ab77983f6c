// One connection to one NATS server, by libnats. When it is lost it is over: its owner makes
// another one. Nothing else in the program knows libnats.
//
// Threads: all that it does blocks: publish() and the destructor for kNatsWriteMs at most;
// connect() without a limit when the server says nothing in a TLS handshake or the machine's
// resolver does not answer (nats_attempt.h). One thread at a time, never a loop. The receiver is
// called on the link's reader thread.
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
// A server that does not answer two of these is taken for dead.
inline constexpr std::int64_t kNatsPingMs = 5'000;
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

  // False when it could not be handed to the kernel.
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

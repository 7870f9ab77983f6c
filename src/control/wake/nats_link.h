// One connection to one NATS server, by libnats. When it is lost it is over: its owner makes
// another one. Nothing else in the program knows libnats.
//
// Threads: connect(), publish() and the destructor block (for a few seconds at most, see the
// limits; a name's look-up for as long as the machine's resolver takes) and belong to one thread of
// the owner's, never a loop. The receiver is called on the link's reader thread.
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
  // The link is of no use any more: once, the last call of a link that connected.
  virtual void on_lost() noexcept = 0;
};

class NatsLink {
 public:
  // Returns once the server has confirmed that this replica may publish to and hear the subject.
  // `receiver` outlives the link. Errors: runtime_unreachable with what went wrong; those of
  // read_nats_credentials().
  static base::Result<std::unique_ptr<NatsLink>> connect(const NatsSettings& settings,
                                                         const NatsServer& server,
                                                         NatsReceiver& receiver);
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

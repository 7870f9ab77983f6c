// What a program tells the service manager that started it (sd_notify(3)'s protocol: one datagram
// of NAME=VALUE lines on the socket in $NOTIFY_SOCKET). Without such a socket every call does
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "http/event_loop.h"
#include "http/fd_stream.h"

namespace b3iq::http {

class ServiceNotifier {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from the environment, so
  // that no child speaks for the node.
  static ServiceNotifier from_environment();

  void ready(std::string_view status) const;
  void stopping() const;
  // The node will start again in this very process.
  void reloading() const;
  // For the program that this process becomes: puts the variables back and feeds the watchdog once
  // more.
  void hand_over() const;
  // A timer at half the watchdog's interval; nothing when no watchdog was asked for.
  std::optional<FdStream> watchdog_timer(EventLoop& loop) const;
  // Feeds the watchdog at each tick, from the loop's thread: a loop that hangs stops feeding it.
  // Ends when the timer is closed.
  base::Task<void> feed_watchdog(FdStream& timer) const;

 private:
  void send(std::string_view lines) const;
  std::string socket_;
  std::string watchdog_interval_;
  std::string watchdog_pid_;
  std::int64_t watchdog_us_ = 0;
};

}  // namespace b3iq::http

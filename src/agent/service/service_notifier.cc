#include "agent/service/service_notifier.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "http/interval_timer.h"

namespace b3iq::agent {

namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value ? value : "";
  ::unsetenv(name);
  return text;
}

std::int64_t number_of(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

ServiceNotifier ServiceNotifier::from_environment() {
  ServiceNotifier manager;
  manager.socket_ = take_variable("NOTIFY_SOCKET");
  const auto interval = number_of(take_variable("WATCHDOG_USEC"));
  const auto pid = take_variable("WATCHDOG_PID");
  if (!manager.socket_.empty() && (pid.empty() || number_of(pid) == ::getpid()))
    manager.watchdog_us_ = interval;
  return manager;
}

void ServiceNotifier::send(std::string_view lines) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  // A name that begins with '@' is in the abstract namespace.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  [[maybe_unused]] const auto sent =
      ::sendto(fd, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

void ServiceNotifier::ready(std::string_view status) const {
  send(fmt::format("READY=1\nSTATUS={}\n", status));
}

void ServiceNotifier::stopping() const { send("STOPPING=1\nSTATUS=Draining\n"); }

std::optional<http::FdStream> ServiceNotifier::watchdog_timer(http::EventLoop& loop) const {
  if (watchdog_us_ <= 0) return std::nullopt;
  // Twice in each interval, as systemd advises.
  return http::interval_timer(loop, watchdog_us_ / 2);
}

base::Task<void> ServiceNotifier::feed_watchdog(http::FdStream& timer) const {
  while (co_await http::next_tick(timer)) send("WATCHDOG=1\n");
}

}  // namespace b3iq::agent

#include "http/service_notifier.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "http/interval_timer.h"

namespace b3iq::http {

namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value ? value : "";
  ::unsetenv(name);
  return text;
}

void put_variable(const char* name, const std::string& text) {
  if (!text.empty()) ::setenv(name, text.c_str(), 1);
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
  manager.watchdog_interval_ = take_variable("WATCHDOG_USEC");
  manager.watchdog_pid_ = take_variable("WATCHDOG_PID");
  const auto& pid = manager.watchdog_pid_;
  if (!manager.socket_.empty() && (pid.empty() || number_of(pid) == ::getpid()))
    manager.watchdog_us_ = number_of(manager.watchdog_interval_);
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

// The time is for managers that compare it with the moment at which they asked for a reload.
void ServiceNotifier::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Starting again\n",
                   std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceNotifier::hand_over() const {
  if (watchdog_us_ > 0) send("WATCHDOG=1\n");
  put_variable("NOTIFY_SOCKET", socket_);
  put_variable("WATCHDOG_USEC", watchdog_interval_);
  put_variable("WATCHDOG_PID", watchdog_pid_);
}

std::optional<FdStream> ServiceNotifier::watchdog_timer(EventLoop& loop) const {
  if (watchdog_us_ <= 0) return std::nullopt;
  // Twice in each interval, as systemd advises.
  return http::interval_timer(loop, watchdog_us_ / 2);
}

base::Task<void> ServiceNotifier::feed_watchdog(FdStream& timer) const {
  while (co_await http::next_tick(timer)) send("WATCHDOG=1\n");
}

}  // namespace b3iq::http

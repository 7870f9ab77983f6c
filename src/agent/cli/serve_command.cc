#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "agent/app.h"
#include "agent/cli/agent_file.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/logs/log_file.h"
#include "agent/process_limits.h"
#include "agent/service/service_notifier.h"
#include "http/fd_stream.h"

namespace b3iq::agent {
namespace {

// SIGTERM and SIGINT arrive as bytes on a socket that the loop reads. The handler may touch nothing
// but this descriptor.
volatile int signal_sender = -1;

void on_signal(int) {
  const char byte = 0;
  [[maybe_unused]] const auto sent = ::send(signal_sender, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Returns the reading end.
int open_signals() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  signal_sender = ends[1];
  struct sigaction action{};
  action.sa_handler = on_signal;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return ends[0];
}

// The first signal drains, a second one stops at once.
base::Task<void> wait_for_signals(App& app, const Home& home, AgentFile file,
                                  const ServiceNotifier& manager, http::FdStream& signals) {
  std::array<char, 1> buffer;
  auto first = co_await signals.read_some(buffer);
  if (!first.ok()) co_return;
  manager.stopping();
  // Before the port is closed: a command that finds nobody there reads why.
  file.draining = true;
  if (auto told = write_agent_file(home, file); !told.ok())
    base::log(base::LogLevel::warn, "node.drain_not_told", {{"detail", told.error().detail}});
  base::detach(app.drain());
  auto second = co_await signals.read_some(buffer);
  if (second.ok()) app.loop().stop();
}

// While it lives, what is logged is kept in the home. The node also serves without.
class KeptLog {
 public:
  explicit KeptLog(std::unique_ptr<LogFile> file) : file_(std::move(file)) {
    base::set_log_sink(file_.get());
  }
  ~KeptLog() { base::set_log_sink(nullptr); }
  KeptLog(const KeptLog&) = delete;
  KeptLog& operator=(const KeptLog&) = delete;

 private:
  std::unique_ptr<LogFile> file_;
};

std::unique_ptr<KeptLog> keep_log(const Home& home, const Settings& settings) {
  if (settings.log_file_bytes == 0) return nullptr;
  auto file = LogFile::open(home.logs(), settings.log_file_bytes);
  if (file.ok()) return std::make_unique<KeptLog>(std::move(file).value());
  base::log(base::LogLevel::warn, "log.no_file",
            {{"detail", std::string_view(file.error().detail)}});
  return nullptr;
}

}  // namespace

int run_serve(const Home& home, const ServeOptions& options) {
  set_process_limits();
  const auto manager = ServiceNotifier::from_environment();
  const int signal_fd = open_signals();
  ::umask(077);
  auto settings = load_settings(home.config(), options.listen);
  if (!settings.ok()) return print_error(settings.error());
  base::configure_log(settings->log_level, settings->log_format);
  const auto log_file = keep_log(home, *settings);
  auto opened = App::open(home, std::move(settings).value(), AppUse::serve);
  if (!opened.ok()) {
    const auto other = read_agent_file(home);
    return print_error(other && other->draining ? draining_error(*other) : opened.error());
  }
  App& app = **opened;
  if (auto listening = app.listen(); !listening.ok()) return print_error(listening.error());

  const AgentFile file{::getpid(), app.command_url(), app.facts().listen_url,
                       std::string(app.operator_token())};
  if (auto written = write_agent_file(home, file); !written.ok())
    return print_error(written.error());
  fmt::print("listening on {}\n", file.listen_url);
  std::fflush(stdout);
  base::log(base::LogLevel::info, "node.serving",
            {{"url", std::string_view(file.listen_url)},
             {"node_id", std::string_view(app.facts().node_id)}});
  {
    http::FdStream signals(app.loop(), signal_fd);
    auto watchdog = manager.watchdog_timer(app.loop());
    app.loop().post([&] {
      base::detach(wait_for_signals(app, home, file, manager, signals));
      if (watchdog) base::detach(manager.feed_watchdog(*watchdog));
      manager.ready(fmt::format("Serving {}", file.listen_url));
    });
    app.run();
    // The readers end here, while the loop can still resume them.
    signals.close();
    if (watchdog) watchdog->close();
    app.loop().settle();
  }
  remove_agent_file(home);
  base::log(base::LogLevel::info, "node.stopped");
  return kExitOk;
}

}  // namespace b3iq::agent

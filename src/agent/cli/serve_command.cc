#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "agent/app.h"
#include "agent/backup/pending_restore.h"
#include "agent/cli/agent_file.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/logs/log_file.h"
#include "agent/upkeep/start_again.h"
#include "http/fd_stream.h"
#include "http/process_limits.h"
#include "http/service_notifier.h"

namespace b3iq::agent {
namespace {

// As many connections as the server takes, one to a runtime for each, and files.
constexpr std::uint64_t kDescriptors = 16'384;

// What arrives on the socket that the loop reads.
constexpr char kStop = 0;     // SIGTERM or SIGINT
constexpr char kRestart = 1;  // somebody asked for it through the API

// The handler may touch nothing but this descriptor.
volatile int signal_sender = -1;

void send_byte(char byte) {
  [[maybe_unused]] const auto sent = ::send(signal_sender, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void on_signal(int) { send_byte(kStop); }

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGINT);
  return set;
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
  // A file that may not grow is an error of that write, not the end of the node.
  ::signal(SIGXFSZ, SIG_IGN);
  // A node that starts again has held them back: see hold_signals.
  const auto signals = stop_signals();
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
  return ends[0];
}

// From here to the next open_signals() a signal waits, also for the program that this process
// becomes. True when one came before.
bool hold_signals(int signal_fd) {
  const auto signals = stop_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  char byte = kRestart;
  while (::recv(signal_fd, &byte, 1, MSG_DONTWAIT) == 1) {
    if (byte == kStop) return true;
  }
  return false;
}

struct Serving {
  App& app;
  const Home& home;
  AgentFile file;
  const http::ServiceNotifier& manager;
  http::FdStream& signals;
  bool starts_again = false;
};

void begin_drain(Serving& serving) {
  if (serving.starts_again) {
    serving.manager.reloading();
  } else {
    serving.manager.stopping();
  }
  // Before the port is closed: a command that finds nobody there reads why.
  serving.file.draining = true;
  if (auto told = write_agent_file(serving.home, serving.file); !told.ok())
    base::log(base::LogLevel::warn, "node.drain_not_told", {{"detail", told.error().detail}});
  base::detach(serving.app.drain());
}

// The first signal, or a restart, drains. A signal while it restarts makes it a stop; one more
// stops at once.
base::Task<void> wait_for_signals(Serving& serving) {
  std::array<char, 1> buffer;
  bool draining = false;
  for (;;) {
    const auto got = co_await serving.signals.read_some(buffer);
    if (!got.ok() || *got == 0) co_return;
    const bool restart = buffer[0] == kRestart;
    if (!draining) {
      draining = true;
      serving.starts_again = restart;
      begin_drain(serving);
    } else if (!restart && serving.starts_again) {
      serving.starts_again = false;
      serving.manager.stopping();
    } else if (!restart) {
      serving.app.loop().stop();
    }
  }
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

enum class Ending : std::uint8_t { stopped, starts_again };

// Until somebody stops it.
Ending serve(App& app, const Home& home, const AgentFile& file,
             const http::ServiceNotifier& manager, int signal_fd) {
  http::FdStream signals(app.loop(), signal_fd);
  Serving serving{app, home, file, manager, signals};
  app.control().serve([] { send_byte(kRestart); });
  auto watchdog = manager.watchdog_timer(app.loop());
  app.loop().post([&] {
    base::detach(wait_for_signals(serving));
    if (watchdog) base::detach(manager.feed_watchdog(*watchdog));
    manager.ready(fmt::format("Serving {}", file.listen_url));
  });
  app.run();
  if (serving.starts_again && hold_signals(signal_fd)) serving.starts_again = false;
  // The readers end here, while the loop can still resume them.
  signals.close();
  if (watchdog) watchdog->close();
  app.loop().settle();
  return serving.starts_again ? Ending::starts_again : Ending::stopped;
}

base::Result<Settings> read_start(const Home& home, const ServeOptions& options) {
  // What is laid ready belongs to the node that serves the home, should there be another.
  const auto other = read_agent_file(home);
  if (!other || other->pid == ::getpid()) TRY_OK(finish_restore(home));
  TRY(auto settings, load_settings(home.config(), options.listen));
  keep_port(home, settings);
  return settings;
}

// Why there is no node: another one is on its way out, or what the start itself says.
base::Error why_not_opened(const Home& home, const base::Error& error) {
  const auto other = read_agent_file(home);
  const bool leaving = other && other->draining && other->pid != ::getpid();
  return leaving ? draining_error(*other) : error;
}

int fail_to_serve(const Home& home, const base::Error& error) {
  // What is left of this process's own life before it started again.
  const auto file = read_agent_file(home);
  if (file && file->pid == ::getpid()) remove_agent_file(home);
  return print_error(error);
}

}  // namespace

int run_serve(const Home& home, const ServeOptions& options) {
  http::set_process_limits(kDescriptors);
  const auto manager = http::ServiceNotifier::from_environment();
  const int signal_fd = open_signals();
  ::umask(077);
  auto settings = read_start(home, options);
  if (!settings.ok()) return fail_to_serve(home, settings.error());
  base::configure_log(settings->log_level, settings->log_format);
  auto log_file = keep_log(home, *settings);
  auto opened = App::open(home, std::move(settings).value(), AppUse::serve);
  if (!opened.ok()) return fail_to_serve(home, why_not_opened(home, opened.error()));
  auto app = std::move(opened).value();
  if (auto listening = app->listen(); !listening.ok())
    return fail_to_serve(home, listening.error());

  const AgentFile file{::getpid(), app->command_url(), app->facts().listen_url,
                       std::string(app->operator_token())};
  if (auto written = write_agent_file(home, file); !written.ok())
    return print_error(written.error());
  fmt::print("listening on {}\n", file.listen_url);
  std::fflush(stdout);
  base::log(base::LogLevel::info, "node.serving",
            {{"url", std::string_view(file.listen_url)},
             {"node_id", std::string_view(app->facts().node_id)}});
  if (serve(*app, home, file, manager, signal_fd) == Ending::starts_again) {
    // The file stays: it keeps commands from opening the home in between.
    app.reset();
    base::log(base::LogLevel::info, "node.starts_again");
    log_file.reset();
    return start_again(manager);
  }
  remove_agent_file(home);
  base::log(base::LogLevel::info, "node.stopped");
  return kExitOk;
}

}  // namespace b3iq::agent

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/log.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "control/cli/control_commands.h"
#include "control/cli/control_file.h"
#include "control/config/control_settings.h"
#include "control/control_app.h"
#include "http/fd_stream.h"
#include "http/process_limits.h"
#include "http/service_notifier.h"
#include "http/stop_signals.h"

namespace b3iq::control {
namespace {

// More than connections: files, the database, the log.
constexpr std::uint64_t kOtherDescriptors = 1'024;

void serve_until_stopped(ControlApp& app, const ControlFile& file,
                         const http::ServiceNotifier& manager, int signal_fd) {
  http::FdStream signals(app.loop(), signal_fd);
  auto watchdog = manager.watchdog_timer(app.loop());
  app.loop().post([&] {
    base::detach(http::wait_for_stop(app.loop(), signals, [&] {
      manager.stopping();
      base::detach(app.drain());
    }));
    if (watchdog) base::detach(manager.feed_watchdog(*watchdog));
    manager.ready(fmt::format("Serving {}", file.listen_url));
  });
  app.run();
  // The readers end here, while the loop can still resume them.
  signals.close();
  if (watchdog) watchdog->close();
  app.loop().settle();
}

SettingFlags flags_of(const ServeOptions& options) {
  SettingFlags flags;
  if (!options.listen.empty()) flags["--listen"] = options.listen;
  if (!options.database.empty()) flags["--database"] = options.database;
  return flags;
}

}  // namespace

int run_serve(const ControlHome& home, const ServeOptions& options) {
  const auto manager = http::ServiceNotifier::from_environment();
  ::umask(077);
  auto settings = load_control_settings(home, flags_of(options));
  if (!settings.ok()) return cli::print_error(settings.error());
  http::set_process_limits(settings->limits.connections + kOtherDescriptors);
  const int signal_fd = http::open_stop_signals();
  base::configure_log(settings->log_level, settings->log_format);
  auto opened = ControlApp::open(home, std::move(settings).value(), ControlUse::serve);
  if (!opened.ok()) return cli::print_error(opened.error());
  auto app = std::move(opened).value();
  if (auto listening = app->listen(); !listening.ok()) return cli::print_error(listening.error());

  const ControlFile file{::getpid(), app->command_url(), app->listen_url(),
                         std::string(app->operator_token())};
  if (auto written = write_control_file(home, file); !written.ok())
    return cli::print_error(written.error());
  fmt::print("listening on {}\n", file.listen_url);
  std::fflush(stdout);
  base::log(base::LogLevel::info, "control_plane.serving",
            {{"url", std::string_view(file.listen_url)},
             {"control_plane_id", std::string_view(app->facts().control_plane_id)},
             {"database", std::string_view(app->facts().database)}});
  serve_until_stopped(*app, file, manager, signal_fd);
  remove_control_file(home);
  base::log(base::LogLevel::info, "control_plane.stopped");
  return cli::kExitOk;
}

}  // namespace b3iq::control

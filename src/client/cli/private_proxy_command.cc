#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "client/cli/client_commands.h"
#include "client/cli/session.h"
#include "client/proxy/proxy_app.h"
#include "http/fd_stream.h"
#include "http/stop_signals.h"

namespace b3iq::client {
namespace {

using base::Result;

Result<ProxySettings> settings_of(const ProxyOptions& options, const CustomerHome& home) {
  ProxySettings settings;
  if (!options.listen.empty()) settings.listen = options.listen;
  TRY(settings.rules.wish, wish_of(options.wish));
  settings.rules.timeout_ms = options.timeout_s * 1'000;
  if (options.keep_evidence) settings.rules.evidence_folder = home.evidence();
  return settings;
}

struct Opened {
  std::unique_ptr<ProxyApp> app;
  std::string token_file;
  std::string new_token;  // to be shown this once
};

Result<Opened> open(const SharedOptions& shared, const ProxyOptions& options) {
  TRY(auto access, find_customer_access(shared.access));
  TRY(const auto home, CustomerHome::open(shared.home));
  TRY(auto pins, open_pins(home, shared));
  TRY(auto settings, settings_of(options, home));
  TRY(auto token, load_proxy_token(home.proxy_token(), base::system_random()));
  Opened opened{{}, home.proxy_token(), {}};
  if (token.is_new) opened.new_token = token.secret.reveal_text();
  TRY(opened.app,
      ProxyApp::open(std::move(settings), std::move(access), std::move(pins), std::move(token)));
  TRY_OK(opened.app->check_control_plane());
  TRY_OK(opened.app->listen());
  return opened;
}

void print_start(Opened& opened) {
  if (!opened.new_token.empty()) {
    fmt::print("The proxy's token, shown this once and kept in {}:\n{}\n", opened.token_file,
               opened.new_token);
    crypto::wipe(opened.new_token.data(), opened.new_token.size());
  }
  fmt::print("For OpenAI clients: base URL {}/v1, API key: the token in {}\nlistening on {}\n",
             opened.app->url(), opened.token_file, opened.app->url());
  std::fflush(stdout);
}

}  // namespace

int run_private_proxy(const SharedOptions& shared, const ProxyOptions& options) {
  ::umask(077);
  const int signal_fd = http::open_stop_signals();
  auto opened = open(shared, options);
  if (!opened.ok()) return cli::print_error(opened.error());
  print_start(*opened);
  auto& app = *opened->app;
  http::FdStream signals(app.loop(), signal_fd);
  app.loop().post([&] {
    base::detach(http::wait_for_stop(app.loop(), signals, [&app] { base::detach(app.drain()); }));
  });
  app.run();
  signals.close();
  app.loop().settle();
  return cli::kExitOk;
}

}  // namespace b3iq::client

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/service/systemd_install.h"

namespace b3iq::agent {
namespace {

ServiceScope scope_of_user() {
  return ::geteuid() == 0 ? ServiceScope::system : ServiceScope::user;
}

base::Result<ServiceUnit> unit_of(const Home& home) {
  TRY(const auto installation, find_installation());
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(home.root, failure).string();
  // The unit's file has no quotes to hide them behind.
  for (const auto& path : {absolute, installation.host}) {
    if (path.find_first_of(" \t\"'\\%$") == std::string::npos) continue;
    return base::Error(base::ErrorCode::invalid_request,
                       fmt::format("{} holds a character that a systemd unit reads as its own. "
                                   "Move it to a plainer path.",
                                   path));
  }
  return ServiceUnit{scope_of_user(), installation.host, absolute};
}

// The machine's service sees no one's home.
base::Status check_reachable(const ServiceUnit& unit) {
  if (unit.scope == ServiceScope::user) return {};
  for (const auto& path : {unit.home, unit.program}) {
    if (!path.starts_with("/home/") && !path.starts_with("/root/")) continue;
    return base::Error(base::ErrorCode::invalid_request,
                       fmt::format("A service of the machine cannot use {}: it sees no user's "
                                   "folder. Keep the programs elsewhere (the Debian package does) "
                                   "and the node in /var/lib/b3iq: b3iq-host --home /var/lib/b3iq "
                                   "init, then service install. Or install it as your own user.",
                                   path));
  }
  return {};
}

}  // namespace

int run_service_print(const Home& home) {
  const auto unit = unit_of(home);
  if (!unit.ok()) return print_error(unit.error());
  fmt::print("{}", unit_text(*unit));
  return kExitOk;
}

int run_service_install(const Home& home) {
  const auto unit = unit_of(home);
  if (!unit.ok()) return print_error(unit.error());
  if (::access(home.config().c_str(), F_OK) != 0) {
    return print_error(
        base::Error(base::ErrorCode::not_found,
                    fmt::format("There is no node in {}. Run: b3iq-host init --home {}", home.root,
                                home.root)));
  }
  if (auto reachable = check_reachable(*unit); !reachable.ok())
    return print_error(reachable.error());
  if (auto installed = install_service(*unit); !installed.ok())
    return print_error(installed.error());
  fmt::print("The service runs, and starts with {}. Its log: journalctl {}-u {}\n",
             unit->scope == ServiceScope::system ? "the machine" : "your session",
             unit->scope == ServiceScope::system ? "" : "--user ", kServiceName);
  if (unit->scope == ServiceScope::user)
    fmt::print("To run it also while you are not logged in: loginctl enable-linger\n");
  return kExitOk;
}

int run_service_uninstall() {
  if (auto removed = uninstall_service(scope_of_user()); !removed.ok())
    return print_error(removed.error());
  fmt::print("The service is removed. The node's folder is left as it is.\n");
  return kExitOk;
}

}  // namespace b3iq::agent

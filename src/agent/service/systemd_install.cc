#include "agent/service/systemd_install.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

extern char** environ;

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

std::vector<std::string> systemctl(ServiceScope scope, std::vector<std::string> words) {
  std::vector<std::string> all = {"systemctl"};
  if (scope == ServiceScope::user) all.emplace_back("--user");
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

Status write_unit(const std::string& path, const std::string& text) {
  std::error_code failure;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failure);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} cannot be written: {}.", path, std::strerror(errno)));
  }
  ::chmod(path.c_str(), 0644);
  return {};
}

Status make_service_user(const std::string& home) {
  const std::string user(kServiceUser);
  if (::getpwnam(user.c_str()) == nullptr) {
    TRY_OK(run_program({"useradd", "--system", "--home-dir", home, "--shell", "/usr/sbin/nologin",
                        "--user-group", user}));
  }
  return run_program({"chown", "-R", fmt::format("{}:{}", user, user), home});
}

// Where systemd does not run, systemctl's own words would be all that one sees.
Status need_systemd() {
  if (::access("/run/systemd/system", F_OK) == 0) return {};
  return Error(ErrorCode::unimplemented,
               "systemd does not run on this machine, so there is nothing to install the service "
               "into. Start the node by other means: b3iq-host serve");
}

}  // namespace

Result<std::string> unit_path(ServiceScope scope) {
  if (scope == ServiceScope::system) return fmt::format("/etc/systemd/system/{}", kServiceName);
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config && *config) return fmt::format("{}/systemd/user/{}", config, kServiceName);
  if (!home || !*home)
    return Error(ErrorCode::config_invalid, "HOME is not set, so a user's units have no place.");
  return fmt::format("{}/.config/systemd/user/{}", home, kServiceName);
}

Status run_program(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failure =
      ::posix_spawnp(&child, words.front().c_str(), nullptr, nullptr, arguments.data(), environ);
  if (failure != 0) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} cannot be started: {}.", words.front(), std::strerror(failure)));
  }
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return {};
  return Error(ErrorCode::file_failed,
               fmt::format("`{}` failed; what it said stands above.", fmt::join(words, " ")));
}

Status install_service(const ServiceUnit& unit) {
  TRY_OK(need_systemd());
  TRY(const auto path, unit_path(unit.scope));
  if (unit.scope == ServiceScope::system) TRY_OK(make_service_user(unit.home));
  TRY_OK(write_unit(path, unit_text(unit)));
  TRY_OK(run_program(systemctl(unit.scope, {"daemon-reload"})));
  return run_program(systemctl(unit.scope, {"enable", "--now", std::string(kServiceName)}));
}

Status uninstall_service(ServiceScope scope) {
  TRY_OK(need_systemd());
  TRY(const auto path, unit_path(scope));
  if (::access(path.c_str(), F_OK) != 0) {
    return Error(ErrorCode::not_found,
                 fmt::format("There is no {}: the service is not installed.", path));
  }
  TRY_OK(run_program(systemctl(scope, {"disable", "--now", std::string(kServiceName)})));
  if (::unlink(path.c_str()) != 0) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} cannot be removed: {}.", path, std::strerror(errno)));
  }
  return run_program(systemctl(scope, {"daemon-reload"}));
}

}  // namespace b3iq::agent

#include "control/config/control_home.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

Status make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) {
    return Error(ErrorCode::file_failed,
                 fmt::format("The folder {} cannot be made: {}.", path, std::strerror(errno)));
  }
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
    return Error(ErrorCode::file_failed, fmt::format("{} is not a folder.", path));
  if ((info.st_mode & 077) != 0) {
    return Error(ErrorCode::file_failed,
                 fmt::format("Other users can enter {}, which holds the control plane's secrets. "
                             "Run: chmod 700 {}",
                             path, path));
  }
  return {};
}

}  // namespace

Result<ControlHome> find_control_home(const std::string& flag) {
  if (!flag.empty()) return ControlHome{flag};
  if (const char* set = std::getenv("B3IQ_CONTROL_HOME"); set && *set) return ControlHome{set};
  const char* user_home = std::getenv("HOME");
  if (!user_home || !*user_home) {
    const passwd* entry = ::getpwuid(::getuid());
    user_home = entry ? entry->pw_dir : nullptr;
  }
  if (!user_home || !*user_home) {
    return Error(ErrorCode::config_invalid,
                 "Neither B3IQ_CONTROL_HOME nor HOME is set. Set B3IQ_CONTROL_HOME to the control "
                 "plane's folder, or use --home.");
  }
  return ControlHome{std::string(user_home) + "/.b3iq-control"};
}

Status make_folders(const ControlHome& home) {
  // Folders above the home are the user's own: made when missing, never judged.
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(home.root).parent_path(), ignored);
  for (const auto& folder : {home.root, home.secrets(), home.run()})
    TRY_OK(make_private_folder(folder));
  return {};
}

}  // namespace b3iq::control

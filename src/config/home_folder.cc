#include "config/home_folder.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace b3iq::config {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

Result<std::string> find_home_folder(const HomeNames& names, const std::string& flag) {
  if (!flag.empty()) return flag;
  const std::string variable(names.variable);
  if (const char* set = std::getenv(variable.c_str()); set && *set) return std::string(set);
  const char* user_home = std::getenv("HOME");
  if (!user_home || !*user_home) {
    const passwd* entry = ::getpwuid(::getuid());
    user_home = entry ? entry->pw_dir : nullptr;
  }
  if (!user_home || !*user_home) {
    return Error(ErrorCode::config_invalid,
                 fmt::format("Neither {0} nor HOME is set. Set {0} to {1}'s folder, or use --home.",
                             variable, names.owner));
  }
  return fmt::format("{}/{}", user_home, names.folder);
}

Status make_private_folder(const HomeNames& names, const std::string& path) {
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
                 fmt::format("Other users can enter {0}, which holds {1}'s secrets. Run: chmod 700 "
                             "{0}",
                             path, names.owner));
  }
  return {};
}

}  // namespace b3iq::config

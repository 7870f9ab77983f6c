#include "agent/home.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kDefaultModelFile = "b3iq-atlas-5m-q8_0.gguf";

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) {
    return Error(ErrorCode::file_failed,
                 fmt::format("The folder {} cannot be made: {}.", path, std::strerror(errno)));
  }
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return Error(ErrorCode::file_failed, fmt::format("{} is not a folder.", path));
  }
  if ((info.st_mode & 077) != 0) {
    return Error(
        ErrorCode::file_failed,
        fmt::format("Other users can enter {}, which holds this node's secrets. Run: chmod 700 {}",
                    path, path));
  }
  return {};
}

}  // namespace

Result<Home> find_home(const std::string& flag) {
  if (!flag.empty()) return Home{flag};
  if (const char* set = std::getenv("B3IQ_HOME"); set && *set) return Home{set};
  const char* user_home = std::getenv("HOME");
  if (!user_home || !*user_home) {
    const passwd* entry = ::getpwuid(::getuid());
    user_home = entry ? entry->pw_dir : nullptr;
  }
  if (!user_home || !*user_home) {
    return Error(ErrorCode::config_invalid,
                 "Neither B3IQ_HOME nor HOME is set. Set B3IQ_HOME to the node's folder.");
  }
  return Home{std::string(user_home) + "/.b3iq"};
}

Status make_folders(const Home& home) {
  // Folders above the home are the user's own: made when missing, never judged.
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(home.root).parent_path(), ignored);
  TRY_OK(make_folder(home.root));
  for (const auto& folder : {home.secrets(), home.run(), home.models()})
    TRY_OK(make_folder(folder));
  return {};
}

Result<Installation> find_installation() {
  std::array<char, PATH_MAX> buffer;
  const auto length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (length <= 0)
    return Error(ErrorCode::file_failed, "The program cannot find its own file in /proc/self/exe.");
  const std::string self(buffer.data(), static_cast<std::size_t>(length));
  const std::string bin = self.substr(0, self.rfind('/'));
  const std::string prefix = bin.substr(0, bin.rfind('/'));
  return Installation{self,
                      bin + "/b3iq-worker",
                      prefix + "/lib/llama",
                      fmt::format("{}/share/b3iq/models/{}", prefix, kDefaultModelFile),
                      prefix + "/share/b3iq/models/catalogue.json",
                      prefix + "/share/b3iq/web/setup"};
}

}  // namespace b3iq::agent

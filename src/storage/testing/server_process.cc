#include "storage/testing/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace b3iq::storage {
namespace {

constexpr const char* kBinVariable = "B3IQ_POSTGRES_BIN";

const passwd* server_user() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
}

// In the child: becomes the server's user, and the program. Dies with us.
[[noreturn]] void become(const std::vector<std::string>& command, const passwd* user, int output,
                         int end_signal) {
  if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                          ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, end_signal);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream in(fmt::format("/proc/{}/task/{}/children", parent, parent));
  std::vector<pid_t> all;
  for (pid_t child; in >> child;) all.push_back(child);
  return all;
}

}  // namespace

std::string postgres_bin_folder() {
  if (const char* const given = ::getenv(kBinVariable)) return given;
  int newest = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    if (!std::filesystem::exists(entry.path() / "bin/initdb")) continue;
    newest = std::max(newest, ::atoi(entry.path().filename().c_str()));
  }
  return newest > 0 ? fmt::format("/usr/lib/postgresql/{}/bin", newest) : "";
}

bool has_server_user() { return ::geteuid() != 0 || server_user() != nullptr; }

std::string make_server_folder() {
  std::string folder = "/tmp/b3pg-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return {};
  const passwd* const user = server_user();
  if (user != nullptr && ::chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) return {};
  return folder;
}

pid_t start_as_server(const std::vector<std::string>& command, const std::string& log,
                      int end_signal) {
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const passwd* const user = server_user();
  const pid_t child = ::fork();
  if (child == 0) become(command, user, output, end_signal);
  ::close(output);
  return child;
}

int run_as_server(const std::vector<std::string>& command, std::string* output) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  const passwd* const user = server_user();
  const pid_t child = ::fork();
  if (child == 0) become(command, user, ends[1], SIGKILL);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t got; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = -1;
  ::waitpid(child, &status, 0);
  if (output != nullptr) *output = std::move(text);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void kill_with_children(pid_t process) {
  ::kill(process, SIGSTOP);  // so that it starts no more children
  const auto children = children_of(process);
  ::kill(process, SIGKILL);
  for (const pid_t child : children) ::kill(child, SIGKILL);
}

}  // namespace b3iq::storage

#include "agent/upkeep/start_again.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agent/cli/agent_file.h"
#include "agent/cli/terminal.h"
#include "agent/upkeep/port_probe.h"
#include "base/log.h"
#include "http/client.h"

namespace b3iq::agent {

namespace {

constexpr const char* kSelf = "/proc/self/exe";
constexpr unsigned kFirstClosed = 3;

std::vector<std::string> own_arguments() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

// The file that this program was started from. An upgrade has put another one in its place then,
// and the kernel says so behind the name.
std::string own_program() {
  constexpr std::string_view kDeleted = " (deleted)";
  std::string path;
  if (const auto installation = find_installation(); installation.ok()) path = installation->host;
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return !path.empty() && ::access(path.c_str(), X_OK) == 0 ? path : kSelf;
}

}  // namespace

int start_again(const http::ServiceNotifier& manager) {
  auto words = own_arguments();
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto program = own_program();
  manager.hand_over();
  std::fflush(nullptr);
  ::close_range(kFirstClosed, ~0U, 0);
  ::execv(program.c_str(), arguments.data());
  return print_error(base::Error(
      base::ErrorCode::internal,
      fmt::format("The node has stopped, but {} could not be started again: {}. Start it: "
                  "b3iq-host serve",
                  program, std::strerror(errno))));
}

void keep_port(const Home& home, Settings& settings) {
  if (settings.listen.port != 0) return;
  const auto before = read_agent_file(home);
  // The file is this process's own only when it was there before it started again.
  if (!before || before->pid != ::getpid()) return;
  const auto origin = http::parse_origin(before->listen_url);
  if (!origin.ok() || origin->host != settings.listen.host) return;
  auto wanted = settings.listen;
  wanted.port = origin->port;
  if (try_bind(wanted) == 0) settings.listen.port = wanted.port;
}

}  // namespace b3iq::agent

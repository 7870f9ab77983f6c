#include "storage/testing/test_postgres.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace b3iq::storage {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr const char* kSuperuser = "b3iq";
constexpr const char* kBinVariable = "B3IQ_POSTGRES_BIN";  // another folder with postgres in it
constexpr auto kStartWait = std::chrono::seconds(120);
constexpr auto kLook = std::chrono::milliseconds(20);

// The newest of /usr/lib/postgresql; empty when there is none.
std::string bin_folder() {
  if (const char* const given = ::getenv(kBinVariable)) return given;
  int newest = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    if (!fs::exists(entry.path() / "bin/initdb")) continue;
    newest = std::max(newest, ::atoi(entry.path().filename().c_str()));
  }
  return newest > 0 ? fmt::format("/usr/lib/postgresql/{}/bin", newest) : "";
}

// PostgreSQL does not run as root.
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

TestPostgres::TestPostgres(const Options& options) : options_(options) {
  // Short: a socket's path has at most 107 characters.
  std::string pattern = "/tmp/b3pg-XXXXXX";
  folder_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : "";
  if (const passwd* user = server_user(); user != nullptr && !folder_.empty()) {
    static_cast<void>(::chown(folder_.c_str(), user->pw_uid, user->pw_gid));
  }
}

TestPostgres::~TestPostgres() {
  kill_nine();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

std::string TestPostgres::missing() {
  if (bin_folder().empty()) {
    return "no PostgreSQL server is installed (apt-get install postgresql)";
  }
  if (::geteuid() == 0 && server_user() == nullptr) return "there is no user to run the server as";
  return {};
}

TestPostgres* TestPostgres::shared() {
  static const std::unique_ptr<TestPostgres> server = [] {
    if (!missing().empty()) return std::unique_ptr<TestPostgres>();
    auto started = start_new({});
    return started.ok() ? std::move(started).value() : nullptr;
  }();
  return server.get();
}

base::Result<std::unique_ptr<TestPostgres>> TestPostgres::start_new(const Options& options) {
  if (auto why = missing(); !why.empty()) return Error(ErrorCode::not_found, why);
  std::unique_ptr<TestPostgres> server(new TestPostgres(options));
  std::string output;
  if (server->run({bin_folder() + "/initdb", "-D", server->data(), "-U", kSuperuser, "--auth=trust",
                   "--no-sync", "--locale=C", "--encoding=UTF8"},
                  &output) != 0) {
    return Error(ErrorCode::storage_failed, "initdb: " + output);
  }
  server->start();
  if (!server->answers()) return Error(ErrorCode::storage_failed, "the server did not start");
  return server;
}

base::Result<std::unique_ptr<TestPostgres>> TestPostgres::start_standby(const TestPostgres& primary,
                                                                        const Options& options) {
  std::unique_ptr<TestPostgres> server(new TestPostgres(options));
  std::string output;
  if (server->run({bin_folder() + "/pg_basebackup", "-h", primary.folder_, "-U", kSuperuser, "-D",
                   server->data(), "-R", "--no-sync", "--checkpoint=fast", "-X", "stream"},
                  &output) != 0) {
    return Error(ErrorCode::storage_failed, "pg_basebackup: " + output);
  }
  server->start();
  if (!server->answers()) return Error(ErrorCode::storage_failed, "the standby did not start");
  return server;
}

int TestPostgres::run(const std::vector<std::string>& command, std::string* output) const {
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

bool TestPostgres::answers() const {
  return run({bin_folder() + "/pg_isready", "-q", "-h", folder_, "-t", "5"}) == 0;
}

// A server that was killed may find the memory of its last processes still in use: tried again.
void TestPostgres::start() {
  const auto give_up = std::chrono::steady_clock::now() + kStartWait;
  std::vector<std::string> command{bin_folder() + "/postgres", "-D", data(), "-k", folder_};
  std::vector<std::string> settings{
      "listen_addresses=", "shared_buffers=16MB",   "max_connections=80",
      "wal_level=replica", "max_wal_senders=4",     "wal_keep_size=256MB",
      "autovacuum=off",    "logging_collector=off", "unix_socket_permissions=0777"};
  settings.emplace_back(options_.fsync ? "fsync=on" : "fsync=off");
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const auto& setting : settings) command.insert(command.end(), {"-c", setting});
  const passwd* const user = server_user();
  while (std::chrono::steady_clock::now() < give_up) {
    if (server_ < 0) {
      const int log =
          ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
      server_ = ::fork();
      if (server_ == 0) become(command, user, log, SIGQUIT);
      ::close(log);
    }
    if (answers()) return;
    int status = 0;
    if (::waitpid(server_, &status, WNOHANG) == server_) server_ = -1;
    std::this_thread::sleep_for(kLook);
  }
}

void TestPostgres::stop() {
  if (server_ < 0) return;
  ::kill(server_, SIGINT);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

void TestPostgres::kill_nine() {
  if (server_ < 0) return;
  ::kill(server_, SIGSTOP);  // so that it starts no more children
  const auto children = children_of(server_);
  ::kill(server_, SIGKILL);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

void TestPostgres::promote() {
  std::string output;
  run({bin_folder() + "/pg_ctl", "promote", "-w", "-D", data()}, &output);
}

std::string TestPostgres::sql(const std::string& database, const std::string& text) const {
  std::string output;
  run({bin_folder() + "/psql", "-X", "-q", "-A", "-t", "-h", folder_, "-U", kSuperuser, "-d",
       database, "-c", text},
      &output);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

std::string TestPostgres::create_database() {
  const std::string name = fmt::format("t{}", ++databases_);
  sql("postgres", "CREATE DATABASE " + name);
  return uri(name);
}

std::string TestPostgres::uri(const std::string& database) const {
  return fmt::format("postgresql:///{}?host={}&user={}", database, folder_, kSuperuser);
}

}  // namespace b3iq::storage

#include "storage/testing/test_postgres.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "storage/testing/server_process.h"

namespace b3iq::storage {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr const char* kSuperuser = "b3iq";
constexpr auto kStartWait = std::chrono::seconds(120);
constexpr auto kLook = std::chrono::milliseconds(20);

}  // namespace

TestPostgres::TestPostgres(const Options& options) : options_(options) {
  folder_ = make_server_folder();
}

TestPostgres::~TestPostgres() {
  end(SIGQUIT);  // at once, but it gives its shared memory back
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

std::string TestPostgres::missing() {
  if (postgres_bin_folder().empty()) {
    return "no PostgreSQL server is installed (apt-get install postgresql)";
  }
  if (!has_server_user()) return "there is no user to run the server as";
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
  if (run_as_server({postgres_bin_folder() + "/initdb", "-D", server->data(), "-U", kSuperuser,
                     "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"},
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
  if (run_as_server(
          {postgres_bin_folder() + "/pg_basebackup", "-h", primary.folder_, "-U", kSuperuser, "-D",
           server->data(), "-R", "--no-sync", "--checkpoint=fast", "-X", "stream"},
          &output) != 0) {
    return Error(ErrorCode::storage_failed, "pg_basebackup: " + output);
  }
  server->start();
  if (!server->answers()) return Error(ErrorCode::storage_failed, "the standby did not start");
  return server;
}

bool TestPostgres::answers() const {
  return run_as_server({postgres_bin_folder() + "/pg_isready", "-q", "-h", folder_, "-t", "5"}) ==
         0;
}

// A server that was killed may find the memory of its last processes still in use: tried again.
void TestPostgres::start() {
  const auto give_up = std::chrono::steady_clock::now() + kStartWait;
  std::vector<std::string> command{postgres_bin_folder() + "/postgres", "-D", data(), "-k",
                                   folder_};
  std::vector<std::string> settings{
      "listen_addresses=", "shared_buffers=16MB", "max_connections=80", "wal_level=replica",
      "max_wal_senders=4", "wal_keep_size=256MB", "autovacuum=off", "logging_collector=off",
      "unix_socket_permissions=0777",
      // In the folder, so that nothing of a killed server stays on the machine.
      "dynamic_shared_memory_type=mmap"};
  settings.emplace_back(options_.fsync ? "fsync=on" : "fsync=off");
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const auto& setting : settings) command.insert(command.end(), {"-c", setting});
  while (std::chrono::steady_clock::now() < give_up) {
    if (server_ < 0) {
      server_ = start_as_server(command, folder_ + "/log", SIGQUIT);
    }
    if (answers()) return;
    int status = 0;
    if (::waitpid(server_, &status, WNOHANG) == server_) server_ = -1;
    std::this_thread::sleep_for(kLook);
  }
}

void TestPostgres::stop() { end(SIGINT); }

void TestPostgres::end(int signal) {
  if (server_ < 0) return;
  ::kill(server_, signal);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

void TestPostgres::kill_nine() {
  if (server_ < 0) return;
  kill_with_children(server_);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

void TestPostgres::promote() {
  std::string output;
  run_as_server({postgres_bin_folder() + "/pg_ctl", "promote", "-w", "-D", data()}, &output);
}

std::string TestPostgres::sql(const std::string& database, const std::string& text) const {
  std::string output;
  run_as_server({postgres_bin_folder() + "/psql", "-X", "-q", "-A", "-t", "-h", folder_, "-U",
                 kSuperuser, "-d", database, "-c", text},
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

// A real PostgreSQL server for tests and benches: Debian's package, in a temporary folder, reached
// through a Unix socket there. It runs as the user `postgres` where we are root. Whatever happens
// to the test, the server dies with the thread that started it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace b3iq::storage {

class TestPostgres {
 public:
  struct Options {
    // Off: commits do not wait for the disk. A killed process loses nothing by it, only a killed
    // machine would.
    bool fsync = false;
    std::vector<std::string> settings;  // such as "synchronous_commit=off"
  };

  // Why there can be no server on this machine; empty when there can be one.
  static std::string missing();
  // One for the whole program, started at the first call, which the main thread makes. Null when
  // there can be none.
  static TestPostgres* shared();

  // Makes and starts a server of its own.
  static base::Result<std::unique_ptr<TestPostgres>> start_new(const Options& options);
  // A standby that follows `primary`.
  static base::Result<std::unique_ptr<TestPostgres>> start_standby(const TestPostgres& primary,
                                                                   const Options& options);
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;
  ~TestPostgres();

  // A new, empty database; its URI.
  std::string create_database();
  std::string uri(const std::string& database) const;
  const std::string& socket_folder() const { return folder_; }

  void start();
  // Orderly: sessions are ended, everything is on disk.
  void stop();
  // kill -9 of the server with all its processes.
  void kill_nine();
  // Makes a standby a primary.
  void promote();
  // Runs SQL with psql as the superuser; its answer.
  std::string sql(const std::string& database, const std::string& text) const;

 private:
  explicit TestPostgres(const Options& options);
  std::string data() const { return folder_ + "/data"; }
  bool answers() const;
  void end(int signal);

  const Options options_;
  std::string folder_;
  pid_t server_ = -1;
  int databases_ = 0;
};

}  // namespace b3iq::storage

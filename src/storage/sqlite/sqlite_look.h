// A look at a database file that changes nothing and waits for nobody: for finding faults while
// another process may work with the file, or none. Blocks the calling thread, for seconds at most.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "storage/database.h"

namespace b3iq::storage {

class SqliteConnection;

class SqliteLook {
 public:
  // Errors: not_found; corrupt (header, length or log, with the offset); conflict (a file of
  // another program); file_failed, storage_failed.
  static base::Result<std::unique_ptr<SqliteLook>> open(const std::string& path);
  ~SqliteLook();
  SqliteLook(const SqliteLook&) = delete;
  SqliteLook& operator=(const SqliteLook&) = delete;

  // Goes through the whole structure. False when that took longer than `limit_ms` and the rest was
  // not looked at. Error: corrupt.
  base::Result<bool> check_structure(std::int64_t limit_ms);
  // Error: conflict when the file was made by a newer program, or by one with another history.
  // Migrations that are still to be done are no error.
  base::Status check_schema(std::span<const Migration> known);
  // Runs `body`, which only reads.
  base::Status read(Body body);

 private:
  SqliteLook(std::string path, std::unique_ptr<SqliteConnection> connection);

  std::string path_;
  std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace b3iq::storage

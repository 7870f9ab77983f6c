// What happens to a database file before SQLite opens it for work: it is made whole and private at
// once, or looked at and refused when it is damaged. A damaged or vanished file is never replaced
// by an empty one.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace b3iq::storage {

// "B3IQ" as the application_id of the file's header.
inline constexpr std::uint32_t kApplicationId = 0x42334951;

enum class LastShutdown : std::uint8_t { clean, unclean };

// True when there is a file. Errors: corrupt when there is none but its log is there; file_failed.
base::Result<bool> database_exists(const std::string& path);

// Makes an empty database in WAL mode beside `path`, syncs it and moves it there. Mode 0600.
base::Status create_database(const std::string& path, const std::string& vfs);

// Checks header, length and log, and changes nothing. A log that holds anything means that the last
// shutdown was unclean: a clean one empties it. Errors: corrupt, naming the file and the offset;
// file_failed.
base::Result<LastShutdown> examine_database(const std::string& path);

// The same, and makes the files private.
base::Result<LastShutdown> check_database(const std::string& path);

// fsync of a file, and of the folder that holds it.
base::Status sync_file(const std::string& path);
base::Status sync_folder_of(const std::string& path);

}  // namespace b3iq::storage

// Small files and names that must outlive a power cut. All of it blocks; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::agent {

// Names in a folder are durable only once the folder is synced.
bool sync_folder(const std::string& path);

// The file is the old one or the new one, mode 0600, durable on return. Error: storage_failed.
base::Status write_durable(const std::string& path, std::string_view text);
// Durable on return, also when there was none. Error: storage_failed.
base::Status remove_durable(const std::string& path);

}  // namespace b3iq::agent

// A file that is no secret: replaced or made, 0600.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::client {

// Error: file_failed.
base::Status write_whole_file(const std::string& path, std::string_view text);

}  // namespace b3iq::client

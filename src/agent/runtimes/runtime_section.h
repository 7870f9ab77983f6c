// `runtimes` in config.json on disk, changed by one entry: the others stay as their owner wrote
// them.
#pragma once

#include <string>
#include <string_view>

#include "agent/runtimes/runtime_settings.h"
#include "base/result.h"

namespace b3iq::agent {

// At the end of the section; where there was none, the built-in model is written out before it.
// Errors: conflict when the file has the id already (it was changed since it was read), or when the
// node would not start with it; config_invalid, file_failed as of config::rewrite_config_file.
base::Status add_to_config(const std::string& path, const RuntimeSettings& added);
// Done when the file has no such entry. Errors as above.
base::Status remove_from_config(const std::string& path, std::string_view id);

}  // namespace b3iq::agent

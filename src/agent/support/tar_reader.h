// Reads a tar archive of the form that tar_writer.h makes, strictly: plain files only, nothing
// between or behind them but zeros. Archives come from strangers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace b3iq::agent {

struct TarFile {
  std::string name;
  std::string_view content;  // of the archive
};

// Errors: invalid_request, which says what is wrong and where.
base::Result<std::vector<TarFile>> read_tar(std::string_view archive);

}  // namespace b3iq::agent

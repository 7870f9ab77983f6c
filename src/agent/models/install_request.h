// What an install or a pull is asked for, as the owner writes it and as the job keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/catalogue/model_catalogue.h"
#include "agent/models/model_job.h"
#include "base/result.h"

namespace b3iq::agent {

struct InstallRequest {
  JobKind kind = JobKind::install;
  std::string name;  // the model's name here; of a pull the runtime's
  std::string url;   // one of url and path, for an install
  std::string path;
  std::string runtime;  // of a pull: the id of an ollama runtime
  std::optional<std::int64_t> size_bytes;
  std::optional<std::string> sha256;
  std::int64_t bytes_per_second = 0;  // 0: as config.json says
  std::string source;                 // for people, without what may be secret
};

// The body of POST /setup/v1/model-jobs with kind "install" or "pull". Exactly one of `catalogue`
// (an id of it), `url`, `path` (absolute) and `runtime`; `name` is optional but for a pull. Errors:
// invalid_request naming the member; model_not_found for an unknown id of the catalogue.
base::Result<InstallRequest> decode_install_request(json::Value body, const Catalogue& catalogue);

std::string install_document(const InstallRequest& request);
base::Result<InstallRequest> read_install_document(std::string_view document);

}  // namespace b3iq::agent

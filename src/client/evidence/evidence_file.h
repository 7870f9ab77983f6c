// Evidence on disk: FOLDER/JOB.json, mode 0600.
#pragma once

#include <string>

#include "base/result.h"
#include "client/evidence/job_evidence.h"

namespace b3iq::client {

// Durable on return. Errors: file_failed.
base::Status keep_evidence(const std::string& folder, const JobEvidence& evidence);

}  // namespace b3iq::client

#include "client/evidence/evidence_file.h"

#include <fmt/format.h>

#include "crypto/secret_file.h"

namespace b3iq::client {

base::Status keep_evidence(const std::string& folder, const JobEvidence& evidence) {
  const auto text = encode_evidence(evidence);
  return crypto::write_secret_file(fmt::format("{}/{}.json", folder, evidence.job_id.text()),
                                   base::as_bytes(text));
}

}  // namespace b3iq::client

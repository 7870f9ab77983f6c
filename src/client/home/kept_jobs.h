// Jobs whose answers were not read yet: a file for each, mode 0600, written before the job is sent,
// so that the answer can be opened when this program has ended in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/sha256.h"
#include "protocol/private/answer_opener.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {

inline constexpr std::string_view kKeptJobType = "b3iq-private-job-v1";
inline constexpr std::size_t kMaxKeptJobs = 10'000;  // that are listed

struct KeptJob {
  protocol::AnswerOpener opener;  // secret; has the job's id and the node's
  std::string control_plane;      // URL
  std::string model_id;
  std::int64_t created_at_ms = 0;
  crypto::Sha256Digest request_hash{};  // of the body, as it was sealed
  protocol::SignedTransportKeyBinding binding;
};

// Blocks for files. One thread.
class KeptJobs {
 public:
  explicit KeptJobs(std::string folder) : folder_(std::move(folder)) {}

  // Durable on return. Errors: conflict, file_failed.
  base::Status keep(const KeptJob& job) const;
  // Errors: not_found, file_failed, corrupt.
  base::Result<KeptJob> find(const protocol::ClientJobId& job_id) const;
  // Ids, sorted.
  base::Result<std::vector<std::string>> list() const;
  // Nothing when there is none.
  void remove(const protocol::ClientJobId& job_id) const;

 private:
  std::string path_of(const protocol::ClientJobId& job_id) const;
  std::string folder_;
};

}  // namespace b3iq::client

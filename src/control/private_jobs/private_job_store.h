// The SQL of private jobs and of their envelopes, which stand in their commands. Each function runs
// inside the caller's transaction and clears what it fills. A change names the status that it
// expects and tells whether it found it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "control/private_jobs/private_job_types.h"
#include "storage/database.h"

namespace b3iq::control {

// False in `made`: the client's public key was used for this node before.
base::Task<base::Status> insert_job(storage::Transaction& tx, const PrivateJob& job, bool& made);
base::Task<base::Status> select_job(storage::Transaction& tx, std::string_view job_id,
                                    std::optional<PrivateJob>& out);
base::Task<base::Status> select_job_of_command(storage::Transaction& tx,
                                               std::string_view command_id,
                                               std::optional<PrivateJob>& out);
// By the customer's name for it, else by the server's id; none of another customer.
base::Task<base::Status> select_job_of_customer(storage::Transaction& tx,
                                                std::string_view customer_id, std::string_view name,
                                                std::optional<PrivateJob>& out);
base::Task<base::Status> is_key_used(storage::Transaction& tx, std::string_view node_id,
                                     const crypto::X25519PublicKey& key, bool& used);
base::Task<base::Status> select_envelopes(storage::Transaction& tx, const PrivateJob& job,
                                          JobWithEnvelopes& out);
// Newest first.
base::Task<base::Status> select_jobs(storage::Transaction& tx, const JobQuery& query,
                                     std::vector<PrivateJob>& out);
base::Task<base::Status> count_open_jobs_of(storage::Transaction& tx, std::string_view customer_id,
                                            std::int64_t& out);
base::Task<base::Status> select_open_jobs_of_node(storage::Transaction& tx,
                                                  std::string_view node_id,
                                                  std::vector<PrivateJob>& out);
// Open ones by status; index by JobStatus.
base::Task<base::Status> count_open_jobs(storage::Transaction& tx,
                                         std::array<std::int64_t, kJobStatuses>& out);

struct JobMove {
  std::string_view job_id;
  JobStatus from = JobStatus::queued;
  JobStatus to = JobStatus::queued;
  std::string_view failure;
  std::int64_t at_ms = 0;
};
// Sets completed_at_ms where `to` is terminal. False in `done` when it is not `from` any more.
base::Task<base::Status> move_job(storage::Transaction& tx, const JobMove& move, bool& done);
// What its accepted receipt says, behind move_job().
struct JobPrice {
  std::string_view job_id;
  Amount payout;
  bool capped = false;
  std::string_view receipt_hash;
};
base::Task<base::Status> set_job_price(storage::Transaction& tx, const JobPrice& price);

// Open jobs that have stood as they are since before the time that is given for their status.
struct StaleBefore {
  std::int64_t open_ms = 0;     // queued, claimed, running: created before
  std::int64_t receipt_ms = 0;  // awaiting_receipt: since before
};
base::Task<base::Status> select_stale_jobs(storage::Transaction& tx, const StaleBefore& before,
                                           std::int64_t limit, std::vector<PrivateJob>& out);
// Ended before `before_ms`, with envelopes.
struct PurgeableJob {
  std::string job_id;
  std::string command_id;
};
base::Task<base::Status> select_purgeable_jobs(storage::Transaction& tx, std::int64_t before_ms,
                                               std::int64_t limit, std::vector<PurgeableJob>& out);
base::Task<base::Status> purge_job(storage::Transaction& tx, const PurgeableJob& job,
                                   std::int64_t now_ms, bool& done);
// Of these commands, those whose jobs have ended or have an answer.
base::Task<base::Status> select_answered(storage::Transaction& tx,
                                         const std::vector<std::string>& command_ids,
                                         std::vector<std::string>& out);

// Idempotency keys, by hash.
struct IdempotencyRow {
  crypto::Sha256Digest body_hash{};
  std::string job_id;
};
base::Task<base::Status> select_idempotency(storage::Transaction& tx, std::string_view customer_id,
                                            const crypto::Sha256Digest& key_hash,
                                            std::int64_t since_ms,
                                            std::optional<IdempotencyRow>& out);
struct NewIdempotency {
  std::string_view customer_id;
  const crypto::Sha256Digest& key_hash;
  const crypto::Sha256Digest& body_hash;
  std::string_view job_id;
  std::int64_t at_ms = 0;
};
// In place of one that is too old.
base::Task<base::Status> put_idempotency(storage::Transaction& tx, const NewIdempotency& row);
base::Task<base::Status> forget_idempotency(storage::Transaction& tx, std::int64_t before_ms,
                                            std::int64_t limit);

}  // namespace b3iq::control

// What customers do with private jobs: queue, read, wait, list, cancel. Rules alone; time comes
// from the clock. Loop thread; `random` is asked from any thread.
//
// Queuing is one transaction: replay, policy, quote, reservation, command and job stand together or
// nothing does.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"
#include "control/commands/command_service.h"
#include "control/ledger/ledger_service.h"
#include "control/private_jobs/job_settlement.h"
#include "control/private_jobs/job_waiters.h"
#include "control/private_jobs/private_job_types.h"
#include "storage/database.h"

namespace b3iq::control {

// How a request is told from a repeat of it. Neither the key nor the body is kept.
struct RequestIdentity {
  std::optional<crypto::Sha256Digest> key_hash;  // nullopt: no Idempotency-Key
  crypto::Sha256Digest body_hash{};
};

class PrivateJobService {
 public:
  struct Parts {
    storage::Database& database;
    const base::Clock& clock;
    base::Random& random;
    CommandService& commands;
    const LedgerWriter& ledger;
    const JobSettlement& settlement;
    JobWaiters& waiters;
  };
  explicit PrivateJobService(Parts parts) : parts_(parts) {}

  // Errors, in this order: conflict (a request with this key is in flight), idempotency_key_reused;
  // customer_policy_denied; envelope_replayed; conflict (the job_id is in use); not_found (node);
  // no_healthy_candidates; transport_key_unknown; max_price_exceeded; rate_limited;
  // spend_cap_exceeded, insufficient_balance. A repeat of the same key and body answers the first
  // one's job.
  base::Task<base::Result<PrivateJob>> queue(std::string customer_id, JobRequest request,
                                             RequestIdentity identity);
  // By the customer's name of it or the server's. Waits up to `wait_ms` until it has ended or has
  // an answer. Errors: not_found, with one text for another customer's too; rate_limited where too
  // many wait.
  base::Task<base::Result<JobWithEnvelopes>> get(std::string customer_id, std::string name,
                                                 std::int64_t wait_ms, base::CancelToken cancel);
  // Without its envelopes. Error: not_found.
  base::Task<base::Result<PrivateJob>> find(std::string customer_id, std::string name);
  // By the server's id, of any customer: for operators. Error: not_found.
  base::Task<base::Result<PrivateJob>> show(std::string job_id);
  // Newest first.
  base::Task<base::Result<std::vector<PrivateJob>>> list(JobQuery query);
  // Ends a queued job; what is reserved is released. One that its node has is asked to stop: it
  // stays as it is until the node has brought what it made, which is billed, or kStopWindowMs have
  // passed. One that its node had when its lease lapsed is claimed again for that time: the node
  // may be at it still. Cancelling twice is like once. Without envelopes. Errors: not_found;
  // conflict when it has ended otherwise or has an answer.
  base::Task<base::Result<JobWithEnvelopes>> cancel(std::string customer_id, std::string name);

 private:
  struct Queuing;
  base::Task<base::Status> queue_in(storage::Transaction& tx, Queuing& q) const;
  base::Task<base::Status> find_repeat(storage::Transaction& tx, Queuing& q) const;
  base::Task<base::Status> check_node(storage::Transaction& tx, const Queuing& q) const;
  base::Task<base::Status> check_fresh(storage::Transaction& tx, const Queuing& q) const;
  base::Task<base::Status> set_price(storage::Transaction& tx, Queuing& q) const;
  base::Task<base::Status> insert(storage::Transaction& tx, Queuing& q) const;

  const Parts parts_;
  // Requests with a key that are under way here: customer, hash of the key.
  std::set<std::pair<std::string, crypto::Sha256Digest>> in_flight_;
};

}  // namespace b3iq::control

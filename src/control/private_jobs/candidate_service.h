// Which nodes a customer may seal a private job to: enrolled, seen lately, with the model installed
// and allowed to the network and to paid calls, with a transport key that is valid now. The
// customer picks one, checks the key's binding against the node's id, and seals. Loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "control/billing/price_policy.h"
#include "control/customers/customer_types.h"
#include "storage/database.h"

namespace b3iq::control {

inline constexpr std::int64_t kMaxCandidates = 20;
inline constexpr std::int64_t kNoCandidatesRetryMs = 15'000;

struct Candidate {
  std::string node_id;
  std::int64_t queue_depth = 0;  // as the node said last
  std::string transport_key;     // its signed binding, JSON
};
struct Candidates {
  Quote quote;
  std::vector<Candidate> nodes;  // those with the shortest queue first
};

class CandidateService {
 public:
  CandidateService(storage::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  // Errors: customer_policy_denied, max_price_exceeded (the customer's policy);
  // no_healthy_candidates when there is none now.
  base::Task<base::Result<Candidates>> list(const Customer& customer, std::string model_id);

 private:
  storage::Database& database_;
  const base::Clock& clock_;
};

}  // namespace b3iq::control

#include "control/private_jobs/candidate_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/billing/price_service.h"
#include "control/nodes/node_store.h"
#include "protocol/messages/inventory.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kCandidates{
    "SELECT node_models.node_id, node_leases.queue_depth, node_inventories.readiness FROM "
    "node_models JOIN node_leases ON node_leases.node_id = node_models.node_id JOIN "
    "node_inventories ON node_inventories.node_id = node_models.node_id WHERE "
    "node_models.model_id = $1 AND node_models.status = 'installed' AND "
    "node_models.network_eligible = 1 AND node_models.paid_route_eligible = 1 AND "
    "node_leases.standing = 'enrolled' AND "
    "node_leases.status IN ('ready', 'degraded') AND node_leases.last_seen_ms + "
    "node_leases.lease_ms >= $2 ORDER BY node_leases.queue_depth, node_models.node_id LIMIT $3"};

// A queue that is blocked or broken takes nothing, nor does a node whose owner does not allow it,
// or what cannot be read.
bool takes_private_jobs(std::string_view readiness, std::string_view model_id) {
  const auto read = protocol::read_readiness(readiness);
  if (!read.ok() || !read->private_inference_enabled) return false;
  const auto model = std::ranges::find(read->models, model_id, &protocol::ModelProfile::model_id);
  return model != read->models.end() && model->queue_health != protocol::QueueHealth::blocked &&
         model->queue_health != protocol::QueueHealth::unhealthy;
}

Task<Status> select_candidates(Transaction& tx, std::string_view model_id, std::int64_t now_ms,
                               std::vector<Candidate>& out) {
  out.clear();
  auto take = [&](const Row& row) {
    if (takes_private_jobs(row.text(2), model_id))
      out.push_back({std::string(row.text(0)), row.integer(1), {}});
    return true;
  };
  const Value values[] = {model_id, now_ms, kMaxCandidates};
  co_return co_await tx.query(kCandidates, values, std::move(take));
}

// The newest that is valid now; "" for none.
Task<Status> select_valid_key(Transaction& tx, std::int64_t now_ms, Candidate& of) {
  std::vector<TransportKeyRow> keys;
  CO_TRY_OK(co_await select_transport_keys(tx, of.node_id, keys));
  const auto valid = std::ranges::find_if(keys, [now_ms](const TransportKeyRow& key) {
    return key.not_before_ms <= now_ms && now_ms < key.not_after_ms;
  });
  if (valid != keys.end()) of.transport_key = valid->document;
  co_return Status();
}

}  // namespace

Task<Result<Candidates>> CandidateService::list(const Customer& customer, std::string model_id) {
  const auto now = clock_.wall_ms();
  Candidates found;
  auto body = [&](Transaction& tx) -> Task<Status> {
    PricePolicy prices;
    CO_TRY_OK(co_await select_active_prices(tx, prices));
    CO_TRY(found.quote, quote_private_job(prices, model_id));
    CO_TRY_OK(check_policy(customer.policy, {model_id, {}, found.quote.split.charged}));
    CO_TRY_OK(co_await select_candidates(tx, model_id, now, found.nodes));
    for (auto& node : found.nodes) CO_TRY_OK(co_await select_valid_key(tx, now, node));
    co_return Status();
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  std::erase_if(found.nodes, [](const Candidate& node) { return node.transport_key.empty(); });
  if (!found.nodes.empty()) co_return std::move(found);
  co_return Error(ErrorCode::no_healthy_candidates,
                  fmt::format("No node that can be reached offers the model '{}' for private jobs "
                              "now. Try again in a moment, or ask for another model.",
                              model_id),
                  "model_id", kNoCandidatesRetryMs);
}

}  // namespace b3iq::control

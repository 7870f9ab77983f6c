// PrivateJobService::queue(): all that is asked and done before a job stands, in one transaction.
#include <fmt/format.h>

#include <algorithm>

#include "control/billing/price_service.h"
#include "control/customers/customer_store.h"
#include "control/nodes/lease_store.h"
#include "control/nodes/node_store.h"
#include "control/private_jobs/private_job_service.h"
#include "control/private_jobs/private_job_store.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::int64_t kNodeRetryMs = kHeartbeatIntervalMs;

Error node_away(std::string_view how) {
  return Error(ErrorCode::no_healthy_candidates,
               fmt::format("The node {} now, so nothing was reserved. Choose another node (GET "
                           "/v1/private-inference/candidates), or try again later.",
                           how),
               "node_id", kNodeRetryMs);
}

// The newest key, or one that was replaced not longer ago than any grace lasts: the node has the
// last word on that.
bool is_known_key(const std::vector<TransportKeyRow>& newest_first, std::string_view key_id,
                  std::int64_t now_ms) {
  const auto at = std::ranges::find_if(
      newest_first, [&](const TransportKeyRow& row) { return row.key_id.text() == key_id; });
  if (at == newest_first.end() || now_ms >= at->not_after_ms) return false;
  if (at == newest_first.begin()) return true;
  const auto replaced_at_ms = std::prev(at)->installed_at_ms;
  return now_ms - replaced_at_ms < protocol::kMaxTransportGraceSeconds * kMsPerSecond;
}

}  // namespace

struct PrivateJobService::Queuing {
  const std::string& customer_id;
  const JobRequest& request;
  const RequestIdentity& identity;
  const std::int64_t now_ms;
  // What the body finds out and makes; each run anew.
  bool is_repeat = false;
  Customer customer;
  PrivateJob job;
  Command command;
};

Task<Result<PrivateJob>> PrivateJobService::queue(std::string customer_id, JobRequest request,
                                                  RequestIdentity identity) {
  const auto in_flight = std::pair(customer_id, identity.key_hash.value_or(crypto::Sha256Digest{}));
  if (identity.key_hash && !in_flight_.insert(in_flight).second) {
    co_return Error(
        ErrorCode::conflict,
        "A request with this Idempotency-Key is in flight. Wait for its answer, or send "
        "the same again in a moment.",
        "Idempotency-Key", kMsPerSecond);
  }
  Queuing q{customer_id, request, identity, parts_.clock.wall_ms(), false, {}, {}, {}};
  auto body = [this, &q](Transaction& tx) { return queue_in(tx, q); };
  const auto written = co_await parts_.database.write(std::move(body));
  if (identity.key_hash) in_flight_.erase(in_flight);
  CO_TRY_OK(written);
  if (!q.is_repeat) parts_.commands.announce(request.node_id.text());
  co_return std::move(q.job);
}

Task<Status> PrivateJobService::queue_in(Transaction& tx, Queuing& q) const {
  q.is_repeat = false;
  q.job = {};
  if (q.identity.key_hash) {
    CO_TRY_OK(co_await find_repeat(tx, q));
    if (q.is_repeat) co_return Status();
  }
  std::optional<Customer> customer;
  CO_TRY_OK(co_await select_customer(tx, q.customer_id, customer));
  if (!customer || customer->standing != CustomerStanding::active) {
    co_return Error(ErrorCode::customer_policy_denied,
                    "This customer is suspended. Ask the operator.");
  }
  q.customer = *std::move(customer);
  CO_TRY_OK(co_await check_fresh(tx, q));
  CO_TRY_OK(co_await check_node(tx, q));
  CO_TRY_OK(co_await set_price(tx, q));
  co_return co_await insert(tx, q);
}

// A repeat gets the first one's job, whatever has become of it.
Task<Status> PrivateJobService::find_repeat(Transaction& tx, Queuing& q) const {
  std::optional<IdempotencyRow> row;
  CO_TRY_OK(co_await select_idempotency(tx, q.customer_id, *q.identity.key_hash,
                                        q.now_ms - kIdempotencyKeptMs, row));
  if (!row) co_return Status();
  if (row->body_hash != q.identity.body_hash) {
    co_return Error(ErrorCode::idempotency_key_reused,
                    "This Idempotency-Key came with another body before. Give a new request a key "
                    "of its own.",
                    "Idempotency-Key");
  }
  std::optional<PrivateJob> job;
  CO_TRY_OK(co_await select_job(tx, row->job_id, job));
  if (!job) co_return Status();
  q.is_repeat = true;
  q.job = *std::move(job);
  co_return Status();
}

Task<Status> PrivateJobService::check_fresh(Transaction& tx, const Queuing& q) const {
  bool used = false;
  CO_TRY_OK(co_await is_key_used(tx, q.request.node_id.text(), q.request.envelope.client_public_key,
                                 used));
  if (used) {
    co_return Error(
        ErrorCode::envelope_replayed,
        "This sealed request was queued for the node before; nothing was reserved. Seal "
        "it anew: each request has a key pair of its own.",
        "encrypted_request");
  }
  std::optional<PrivateJob> known;
  if (!q.request.client_job_id.empty()) {
    CO_TRY_OK(
        co_await select_job_of_customer(tx, q.customer_id, q.request.client_job_id.text(), known));
  }
  if (known) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("The job_id '{}' is in use. Seal the request to another one.",
                                q.request.client_job_id.text()),
                    "job_id");
  }
  std::int64_t open = 0;
  CO_TRY_OK(co_await count_open_jobs_of(tx, q.customer_id, open));
  if (open < kMaxOpenJobsOfCustomer) co_return Status();
  co_return Error(ErrorCode::rate_limited,
                  fmt::format("{} jobs of this customer are open already. Wait for some, or cancel "
                              "them.",
                              open),
                  {}, kNodeRetryMs);
}

Task<Status> PrivateJobService::check_node(Transaction& tx, const Queuing& q) const {
  const auto& node_id = q.request.node_id.text();
  NodePresence presence;
  bool found = false;
  CO_TRY_OK(co_await select_presence(tx, node_id, presence, found));
  if (!found || presence.standing == NodeStanding::removed) {
    co_return Error(ErrorCode::not_found,
                    "No such node is enrolled here. GET /v1/private-inference/candidates names "
                    "those that can be used.",
                    "node_id");
  }
  if (presence.standing == NodeStanding::suspended) co_return node_away("takes no work");
  const auto expires_at_ms = heartbeat_expires_at(presence.last_seen_ms, presence.lease_ms);
  if (!expires_at_ms || *expires_at_ms < q.now_ms) co_return node_away("does not answer");
  std::vector<TransportKeyRow> keys;
  CO_TRY_OK(co_await select_transport_keys(tx, node_id, keys));
  if (is_known_key(keys, q.request.envelope.key_id.text(), q.now_ms)) co_return Status();
  co_return Error(ErrorCode::transport_key_unknown,
                  "The node has no transport key of this key_id, nor had one whose grace lasts. "
                  "Fetch its binding again, check it, and seal anew.",
                  "encrypted_request.key_id");
}

Task<Status> PrivateJobService::set_price(Transaction& tx, Queuing& q) const {
  PricePolicy prices;
  CO_TRY_OK(co_await select_active_prices(tx, prices));
  CO_TRY(const auto quote, quote_private_job(prices, q.request.model_id));
  const auto& price = quote.split.charged;
  CO_TRY_OK(check_policy(q.customer.policy, {q.request.model_id, {}, price}));
  if (q.request.max_price && price > *q.request.max_price) {
    co_return Error(ErrorCode::max_price_exceeded,
                    fmt::format("The price is at most {} wei, and max_price_wei is {}; nothing was "
                                "reserved.",
                                price.to_string(), q.request.max_price->to_string()),
                    "max_price_wei");
  }
  q.job.policy_version = quote.policy_version;
  q.job.quoted = price;
  q.job.payout = quote.split.payout;
  co_return Status();
}

// The account's row is locked last.
Task<Status> PrivateJobService::insert(Transaction& tx, Queuing& q) const {
  auto& job = q.job;
  job.id = protocol::JobId::make(q.now_ms, parts_.random);
  job.customer_id = q.customer_id;
  job.client_job_id =
      q.request.client_job_id.empty() ? job.id.text() : q.request.client_job_id.text();
  job.node_id = q.request.node_id;
  job.model_id = q.request.model_id;
  job.command_id = protocol::CommandId::make(q.now_ms, parts_.random);
  job.key_id = q.request.envelope.key_id.text();
  job.client_public_key = q.request.envelope.client_public_key;
  job.privacy_class = protocol::wire_name(q.request.privacy_class);
  job.created_at_ms = job.changed_at_ms = q.now_ms;

  protocol::PrivateInferenceArguments arguments;
  arguments.job_id = job.id;
  CO_TRY(arguments.client_job_id, protocol::ClientJobId::parse(job.client_job_id));
  arguments.model_id = job.model_id;
  arguments.policy_version = job.policy_version;
  arguments.privacy_class = q.request.privacy_class;
  arguments.envelope = q.request.envelope;
  auto& command = q.command;
  command = {};
  command.id = job.command_id;
  command.node_id = job.node_id;
  command.kind = CommandKind::private_inference;
  command.arguments = protocol::encode_arguments(arguments);
  command.queued_by = q.customer_id;
  command.created_at_ms = command.queued_at_ms = q.now_ms;
  command.expires_at_ms = q.now_ms + kPrivateJobLifeMs;
  CO_TRY_OK(co_await parts_.commands.queue_in(tx, command));
  bool made = false;
  CO_TRY_OK(co_await insert_job(tx, job, made));
  if (!made) {
    co_return Error(ErrorCode::envelope_replayed,
                    "This sealed request was queued for the node at the same moment.",
                    "encrypted_request");
  }
  if (q.identity.key_hash) {
    const NewIdempotency row{job.customer_id, *q.identity.key_hash, q.identity.body_hash,
                             job.id.text(), q.now_ms};
    CO_TRY_OK(co_await put_idempotency(tx, row));
  }
  const LedgerOrder order =
      ReserveOrder{job.customer_id, job.id.text(), job.quoted, spend_cap_of(q.customer.policy)};
  CO_TRY(const auto outcome, co_await parts_.ledger.apply(tx, order));
  job.billing = outcome.status;
  co_return Status();
}

}  // namespace b3iq::control

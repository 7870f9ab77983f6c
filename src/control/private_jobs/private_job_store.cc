#include "control/private_jobs/private_job_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

#define B3_SELECT_JOB                                                                           \
  "SELECT private_jobs.job_id, private_jobs.customer_id, private_jobs.client_job_id, "          \
  "private_jobs.node_id, private_jobs.model_id, private_jobs.command_id, private_jobs.key_id, " \
  "private_jobs.client_public_key, private_jobs.privacy_class, private_jobs.status, "           \
  "private_jobs.failure, private_jobs.policy_version, private_jobs.quoted_wei, "                \
  "private_jobs.payout_wei, private_jobs.price_capped, private_jobs.receipt_hash, "             \
  "private_jobs.created_at_ms, private_jobs.changed_at_ms, private_jobs.completed_at_ms, "      \
  "private_jobs.purged_at_ms, ledger_holds.billing_status FROM private_jobs LEFT JOIN "         \
  "ledger_holds ON ledger_holds.job_id = private_jobs.job_id WHERE "
constexpr Statement kById{B3_SELECT_JOB "private_jobs.job_id = $1"};
constexpr Statement kByCommand{B3_SELECT_JOB "private_jobs.command_id = $1"};
constexpr Statement kByClientId{
    B3_SELECT_JOB "private_jobs.customer_id = $1 AND private_jobs.client_job_id = $2"};
constexpr Statement kByServerId{B3_SELECT_JOB
                                "private_jobs.customer_id = $1 AND private_jobs.job_id = $2"};
// `$1` is '' where it asks for every status.
constexpr Statement kListAll{
    B3_SELECT_JOB
    "private_jobs.job_id < $2 AND ($1 = '' OR private_jobs.status = $1) ORDER BY "
    "private_jobs.job_id DESC LIMIT $3"};
constexpr Statement kListOfCustomer{
    B3_SELECT_JOB
    "private_jobs.customer_id = $4 AND private_jobs.job_id < $2 AND ($1 = '' OR "
    "private_jobs.status = $1) ORDER BY private_jobs.job_id DESC LIMIT $3"};
constexpr Statement kOpenOfNode{B3_SELECT_JOB
                                "private_jobs.node_id = $1 AND private_jobs.completed_at_ms = 0"};
constexpr Statement kStale{
    B3_SELECT_JOB
    "private_jobs.completed_at_ms = 0 AND ((private_jobs.status <> 'awaiting_receipt' AND "
    "private_jobs.created_at_ms < $1) OR (private_jobs.status = 'awaiting_receipt' AND "
    "private_jobs.changed_at_ms < $2)) ORDER BY private_jobs.changed_at_ms, private_jobs.job_id "
    "LIMIT $3"};
#undef B3_SELECT_JOB
constexpr Statement kInsert{
    "INSERT INTO private_jobs (job_id, customer_id, client_job_id, node_id, model_id, command_id, "
    "key_id, client_public_key, privacy_class, status, failure, policy_version, quoted_wei, "
    "payout_wei, price_capped, receipt_hash, created_at_ms, changed_at_ms, completed_at_ms, "
    "purged_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', $11, $12, $13, 0, '', $14, "
    "$14, 0, 0) ON CONFLICT (node_id, client_public_key) DO NOTHING"};
constexpr Statement kIsKeyUsed{
    "SELECT job_id FROM private_jobs WHERE node_id = $1 AND client_public_key = $2"};
constexpr Statement kEnvelopes{
    "SELECT arguments, result, stop_asked_at_ms FROM commands WHERE command_id = $1"};
constexpr Statement kCountOpenOfCustomer{
    "SELECT COUNT(*) FROM private_jobs WHERE customer_id = $1 AND completed_at_ms = 0"};
constexpr Statement kCountOpen{
    "SELECT status, COUNT(*) FROM private_jobs WHERE completed_at_ms = 0 GROUP BY status"};
constexpr Statement kMove{
    "UPDATE private_jobs SET status = $3, failure = $4, changed_at_ms = $5, completed_at_ms = $6 "
    "WHERE job_id = $1 AND status = $2"};
constexpr Statement kSetPrice{
    "UPDATE private_jobs SET payout_wei = $2, price_capped = $3, receipt_hash = $4 WHERE job_id = "
    "$1"};
constexpr Statement kPurgeable{
    "SELECT job_id, command_id FROM private_jobs WHERE completed_at_ms > 0 AND purged_at_ms = 0 "
    "AND completed_at_ms < $1 ORDER BY completed_at_ms, job_id LIMIT $2"};
constexpr Statement kPurgeJob{
    "UPDATE private_jobs SET purged_at_ms = $2 WHERE job_id = $1 AND completed_at_ms > 0 AND "
    "purged_at_ms = 0"};
constexpr Statement kPurgeCommand{
    "UPDATE commands SET arguments = '', result = '' WHERE command_id = $1 AND kind = "
    "'private_inference' AND finished_at_ms > 0"};
constexpr Statement kAnswered{
    "SELECT command_id FROM private_jobs WHERE command_id = $1 AND (completed_at_ms > 0 OR status "
    "= 'awaiting_receipt')"};
constexpr Statement kSelectIdempotency{
    "SELECT body_hash, job_id FROM idempotency_keys WHERE customer_id = $1 AND key_hash = $2 AND "
    "created_at_ms > $3"};
constexpr Statement kPutIdempotency{
    "INSERT INTO idempotency_keys (customer_id, key_hash, body_hash, job_id, created_at_ms) VALUES "
    "($1, $2, $3, $4, $5) ON CONFLICT (customer_id, key_hash) DO UPDATE SET body_hash = "
    "excluded.body_hash, job_id = excluded.job_id, created_at_ms = excluded.created_at_ms"};
constexpr Statement kForgetIdempotency{
    "DELETE FROM idempotency_keys WHERE created_at_ms < $1 AND job_id IN (SELECT job_id FROM "
    "idempotency_keys WHERE created_at_ms < $1 ORDER BY created_at_ms LIMIT $2)"};

// Above every id: '~' comes behind all letters.
constexpr std::string_view kAboveAllIds = "~";

template <std::size_t N>
std::array<std::uint8_t, N> read_bytes(const Row& row, int column) {
  std::array<std::uint8_t, N> out{};
  const auto blob = row.blob(column);
  std::copy_n(blob.begin(), std::min(blob.size(), N), out.begin());
  return out;
}

PrivateJob read_job(const Row& row) {
  PrivateJob job;
  job.id = protocol::JobId::trusted(std::string(row.text(0)));
  job.customer_id = row.text(1);
  job.client_job_id = row.text(2);
  job.node_id = protocol::NodeId::trusted(std::string(row.text(3)));
  job.model_id = row.text(4);
  job.command_id = protocol::CommandId::trusted(std::string(row.text(5)));
  job.key_id = row.text(6);
  job.client_public_key.bytes = read_bytes<32>(row, 7);
  job.privacy_class = row.text(8);
  job.status = job_status_from_name(row.text(9)).value_or(JobStatus::failed);
  job.failure = row.text(10);
  job.policy_version = row.text(11);
  job.quoted = Amount::from_bytes(read_bytes<32>(row, 12));
  job.payout = Amount::from_bytes(read_bytes<32>(row, 13));
  job.price_capped = row.integer(14) != 0;
  job.receipt_hash = row.text(15);
  job.created_at_ms = row.integer(16);
  job.changed_at_ms = row.integer(17);
  job.completed_at_ms = row.integer(18);
  job.purged_at_ms = row.integer(19);
  job.billing = billing_status_from_name(row.text(20)).value_or(BillingStatus::unbilled);
  return job;
}

Task<Status> select_one(Transaction& tx, const Statement& statement, std::span<const Value> values,
                        std::optional<PrivateJob>& out) {
  out.reset();
  auto take = [&out](const Row& row) {
    out = read_job(row);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

Task<Status> select_many(Transaction& tx, const Statement& statement, std::span<const Value> values,
                         std::vector<PrivateJob>& out) {
  out.clear();
  auto take = [&out](const Row& row) {
    out.push_back(read_job(row));
    return true;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

Task<Status> select_count(Transaction& tx, const Statement& statement,
                          std::span<const Value> values, std::int64_t& out) {
  out = 0;
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

}  // namespace

Task<Status> insert_job(Transaction& tx, const PrivateJob& job, bool& made) {
  const auto quoted = job.quoted.to_bytes();
  const auto payout = job.payout.to_bytes();
  const Value values[] = {std::string_view(job.id.text()),
                          std::string_view(job.customer_id),
                          std::string_view(job.client_job_id),
                          std::string_view(job.node_id.text()),
                          std::string_view(job.model_id),
                          std::string_view(job.command_id.text()),
                          std::string_view(job.key_id),
                          base::ByteView(job.client_public_key.bytes),
                          std::string_view(job.privacy_class),
                          wire_name(job.status),
                          std::string_view(job.policy_version),
                          base::ByteView(quoted),
                          base::ByteView(payout),
                          job.created_at_ms};
  CO_TRY(const auto count, co_await tx.exec(kInsert, values));
  made = count == 1;
  co_return Status();
}

Task<Status> select_job(Transaction& tx, std::string_view job_id, std::optional<PrivateJob>& out) {
  const Value values[] = {job_id};
  co_return co_await select_one(tx, kById, values, out);
}

Task<Status> select_job_of_command(Transaction& tx, std::string_view command_id,
                                   std::optional<PrivateJob>& out) {
  const Value values[] = {command_id};
  co_return co_await select_one(tx, kByCommand, values, out);
}

Task<Status> select_job_of_customer(Transaction& tx, std::string_view customer_id,
                                    std::string_view name, std::optional<PrivateJob>& out) {
  const Value values[] = {customer_id, name};
  CO_TRY_OK(co_await select_one(tx, kByClientId, values, out));
  if (out) co_return Status();
  co_return co_await select_one(tx, kByServerId, values, out);
}

Task<Status> is_key_used(Transaction& tx, std::string_view node_id,
                         const crypto::X25519PublicKey& key, bool& used) {
  used = false;
  auto take = [&used](const Row&) {
    used = true;
    return false;
  };
  const Value values[] = {node_id, base::ByteView(key.bytes)};
  co_return co_await tx.query(kIsKeyUsed, values, std::move(take));
}

Task<Status> select_envelopes(Transaction& tx, const PrivateJob& job, JobWithEnvelopes& out) {
  out = {job, {}, {}, false};
  auto take = [&out, &job](const Row& row) {
    out.request = row.text(0);
    out.response = row.text(1);
    out.is_stopping = row.integer(2) != 0 && !has_answer_or_end(job.status);
    return false;
  };
  const Value values[] = {std::string_view(job.command_id.text())};
  co_return co_await tx.query(kEnvelopes, values, std::move(take));
}

Task<Status> select_jobs(Transaction& tx, const JobQuery& query, std::vector<PrivateJob>& out) {
  const auto status = query.status ? wire_name(*query.status) : std::string_view();
  const auto before = query.before_id.empty() ? kAboveAllIds : std::string_view(query.before_id);
  if (query.customer_id.empty()) {
    const Value values[] = {status, before, query.limit};
    co_return co_await select_many(tx, kListAll, values, out);
  }
  const Value values[] = {status, before, query.limit, std::string_view(query.customer_id)};
  co_return co_await select_many(tx, kListOfCustomer, values, out);
}

Task<Status> count_open_jobs_of(Transaction& tx, std::string_view customer_id, std::int64_t& out) {
  const Value values[] = {customer_id};
  co_return co_await select_count(tx, kCountOpenOfCustomer, values, out);
}

Task<Status> select_open_jobs_of_node(Transaction& tx, std::string_view node_id,
                                      std::vector<PrivateJob>& out) {
  const Value values[] = {node_id};
  co_return co_await select_many(tx, kOpenOfNode, values, out);
}

Task<Status> count_open_jobs(Transaction& tx, std::array<std::int64_t, kJobStatuses>& out) {
  out = {};
  auto take = [&out](const Row& row) {
    if (const auto status = job_status_from_name(row.text(0)))
      out[static_cast<std::size_t>(*status)] = row.integer(1);
    return true;
  };
  co_return co_await tx.query(kCountOpen, {}, std::move(take));
}

Task<Status> move_job(Transaction& tx, const JobMove& move, bool& done) {
  const std::int64_t completed_at_ms = is_terminal(move.to) ? move.at_ms : 0;
  const Value values[] = {move.job_id,  wire_name(move.from), wire_name(move.to),
                          move.failure, move.at_ms,           completed_at_ms};
  CO_TRY(const auto count, co_await tx.exec(kMove, values));
  done = count == 1;
  co_return Status();
}

Task<Status> set_job_price(Transaction& tx, const JobPrice& price) {
  const auto payout = price.payout.to_bytes();
  const Value values[] = {price.job_id, base::ByteView(payout), std::int64_t{price.capped ? 1 : 0},
                          price.receipt_hash};
  CO_TRY_OK(co_await tx.exec(kSetPrice, values));
  co_return Status();
}

Task<Status> select_stale_jobs(Transaction& tx, const StaleBefore& before, std::int64_t limit,
                               std::vector<PrivateJob>& out) {
  const Value values[] = {before.open_ms, before.receipt_ms, limit};
  co_return co_await select_many(tx, kStale, values, out);
}

Task<Status> select_purgeable_jobs(Transaction& tx, std::int64_t before_ms, std::int64_t limit,
                                   std::vector<PurgeableJob>& out) {
  out.clear();
  auto take = [&out](const Row& row) {
    out.push_back({std::string(row.text(0)), std::string(row.text(1))});
    return true;
  };
  const Value values[] = {before_ms, limit};
  co_return co_await tx.query(kPurgeable, values, std::move(take));
}

Task<Status> purge_job(Transaction& tx, const PurgeableJob& job, std::int64_t now_ms, bool& done) {
  const Value of_job[] = {std::string_view(job.job_id), now_ms};
  CO_TRY(const auto count, co_await tx.exec(kPurgeJob, of_job));
  done = count == 1;
  if (!done) co_return Status();
  const Value of_command[] = {std::string_view(job.command_id)};
  CO_TRY_OK(co_await tx.exec(kPurgeCommand, of_command));
  co_return Status();
}

Task<Status> select_answered(Transaction& tx, const std::vector<std::string>& command_ids,
                             std::vector<std::string>& out) {
  out.clear();
  std::vector<Value> values;
  values.reserve(command_ids.size());
  for (const auto& id : command_ids) values.emplace_back(std::string_view(id));
  auto take = [&out](const Row& row) { out.emplace_back(row.text(0)); };
  co_return co_await tx.query_many(kAnswered, values, 1, std::move(take));
}

Task<Status> select_idempotency(Transaction& tx, std::string_view customer_id,
                                const crypto::Sha256Digest& key_hash, std::int64_t since_ms,
                                std::optional<IdempotencyRow>& out) {
  out.reset();
  auto take = [&out](const Row& row) {
    out = IdempotencyRow{read_bytes<32>(row, 0), std::string(row.text(1))};
    return false;
  };
  const Value values[] = {customer_id, base::ByteView(key_hash), since_ms};
  co_return co_await tx.query(kSelectIdempotency, values, std::move(take));
}

Task<Status> put_idempotency(Transaction& tx, const NewIdempotency& row) {
  const Value values[] = {row.customer_id, base::ByteView(row.key_hash),
                          base::ByteView(row.body_hash), row.job_id, row.at_ms};
  CO_TRY_OK(co_await tx.exec(kPutIdempotency, values));
  co_return Status();
}

Task<Status> forget_idempotency(Transaction& tx, std::int64_t before_ms, std::int64_t limit) {
  const Value values[] = {before_ms, limit};
  CO_TRY_OK(co_await tx.exec(kForgetIdempotency, values));
  co_return Status();
}

}  // namespace b3iq::control

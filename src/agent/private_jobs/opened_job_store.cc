#include "agent/private_jobs/opened_job_store.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO opened_private_jobs (client_key, job_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constexpr Statement kDropOldest{
    "DELETE FROM opened_private_jobs WHERE seq <= "
    "(SELECT max(seq) FROM opened_private_jobs) - $1"};

}  // namespace

Task<Status> insert_opened_job(Transaction& tx, const crypto::X25519PublicKey& client_key,
                               std::string_view job_id, std::int64_t most) {
  const Value values[] = {base::ByteView(client_key.bytes), job_id};
  CO_TRY(const auto added, co_await tx.exec(kInsert, values));
  if (added == 0) {
    co_return Error(ErrorCode::envelope_replayed,
                    "This node has opened the sealed request, or another of its job, before. Seal "
                    "the request anew for a new job.");
  }
  const Value limit[] = {most};
  CO_TRY([[maybe_unused]] const auto dropped, co_await tx.exec(kDropOldest, limit));
  co_return Status();
}

}  // namespace b3iq::agent

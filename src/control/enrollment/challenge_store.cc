#include "control/enrollment/challenge_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Row;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO enrollment_challenges (challenge_id, token_id, node_id, public_key, nonce, "
    "expires_at_ms) VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr Statement kSelect{
    "SELECT token_id, node_id, public_key, nonce, expires_at_ms, used_at_ms, statement_digest "
    "FROM enrollment_challenges WHERE challenge_id = $1"};
constexpr Statement kCountOfToken{
    "SELECT COUNT(*) FROM enrollment_challenges WHERE token_id = $1 AND expires_at_ms > $2"};
constexpr Statement kCountOfNode{
    "SELECT COUNT(*) FROM enrollment_challenges WHERE token_id = '' AND node_id = $1 "
    "AND expires_at_ms > $2"};
constexpr Statement kDropOfToken{
    "DELETE FROM enrollment_challenges WHERE challenge_id IN (SELECT challenge_id FROM "
    "enrollment_challenges WHERE token_id = $1 AND expires_at_ms > $2 ORDER BY "
    "CASE WHEN used_at_ms IS NULL THEN 0 ELSE 1 END, expires_at_ms, challenge_id LIMIT $3)"};
constexpr Statement kDropOfNode{
    "DELETE FROM enrollment_challenges WHERE challenge_id IN (SELECT challenge_id FROM "
    "enrollment_challenges WHERE token_id = '' AND node_id = $1 AND expires_at_ms > $2 ORDER BY "
    "CASE WHEN used_at_ms IS NULL THEN 0 ELSE 1 END, expires_at_ms, challenge_id LIMIT $3)"};
constexpr Statement kUse{
    "UPDATE enrollment_challenges SET used_at_ms = $3, statement_digest = $2 "
    "WHERE challenge_id = $1 AND used_at_ms IS NULL AND expires_at_ms > $3"};
constexpr Statement kDelete{
    "DELETE FROM enrollment_challenges WHERE challenge_id IN (SELECT challenge_id FROM "
    "enrollment_challenges WHERE expires_at_ms < $1 ORDER BY expires_at_ms LIMIT $2)"};

template <std::size_t N>
void read_bytes(base::ByteView from, std::array<std::uint8_t, N>& to) {
  std::copy_n(from.begin(), std::min(from.size(), N), to.begin());
}

}  // namespace

Task<Status> insert_challenge(Transaction& tx, const StoredChallenge& challenge) {
  const Value values[] = {std::string_view(challenge.id.text()),
                          std::string_view(challenge.token_id),
                          std::string_view(challenge.node_id.text()),
                          base::ByteView(challenge.public_key.bytes),
                          base::ByteView(challenge.nonce),
                          challenge.expires_at_ms};
  CO_TRY_OK(co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_challenge(Transaction& tx, std::string_view id, StoredChallenge& out,
                              bool& found) {
  found = false;
  auto take = [&](const Row& row) {
    found = true;
    out.id = protocol::ChallengeId::trusted(std::string(id));
    out.token_id = row.text(0);
    out.node_id = protocol::NodeId::trusted(std::string(row.text(1)));
    read_bytes(row.blob(2), out.public_key.bytes);
    read_bytes(row.blob(3), out.nonce);
    out.expires_at_ms = row.integer(4);
    if (!row.is_null(5)) out.used_at_ms = row.integer(5);
    read_bytes(row.blob(6), out.statement_digest);
    return false;
  };
  const Value values[] = {id};
  co_return co_await tx.query(kSelect, values, std::move(take));
}

Task<Status> count_challenges(Transaction& tx, const StoredChallenge& challenge,
                              std::int64_t now_ms, std::int64_t& out) {
  auto take = [&out](const Row& row) {
    out = row.integer(0);
    return false;
  };
  const bool has_token = !challenge.token_id.empty();
  const Value values[] = {
      std::string_view(has_token ? challenge.token_id : challenge.node_id.text()), now_ms};
  co_return co_await tx.query(has_token ? kCountOfToken : kCountOfNode, values, std::move(take));
}

Task<Status> drop_challenges(Transaction& tx, const StoredChallenge& challenge, std::int64_t now_ms,
                             std::int64_t count) {
  const bool has_token = !challenge.token_id.empty();
  const Value values[] = {
      std::string_view(has_token ? challenge.token_id : challenge.node_id.text()), now_ms, count};
  CO_TRY_OK(co_await tx.exec(has_token ? kDropOfToken : kDropOfNode, values));
  co_return Status();
}

Task<Status> use_challenge(Transaction& tx, std::string_view id,
                           const crypto::Sha256Digest& statement_digest, std::int64_t at_ms,
                           bool& done) {
  const Value values[] = {id, base::ByteView(statement_digest), at_ms};
  CO_TRY(const auto changed, co_await tx.exec(kUse, values));
  done = changed == 1;
  co_return Status();
}

Task<Status> delete_challenges(Transaction& tx, std::int64_t before_ms, std::int64_t limit) {
  const Value values[] = {before_ms, limit};
  CO_TRY_OK(co_await tx.exec(kDelete, values));
  co_return Status();
}

}  // namespace b3iq::control

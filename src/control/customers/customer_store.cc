#include "control/customers/customer_store.h"

#include <algorithm>

namespace b3iq::control {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kInsert{
    "INSERT INTO customers (customer_id, name, standing, standing_reason, policy, created_by, "
    "created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr Statement kById{
    "SELECT customer_id, name, standing, standing_reason, policy, created_by, created_at_ms FROM "
    "customers WHERE customer_id = $1"};
constexpr Statement kNewest{
    "SELECT customer_id, name, standing, standing_reason, policy, created_by, created_at_ms FROM "
    "customers ORDER BY customer_id DESC LIMIT $1"};
constexpr Statement kBefore{
    "SELECT customer_id, name, standing, standing_reason, policy, created_by, created_at_ms FROM "
    "customers WHERE customer_id < $2 ORDER BY customer_id DESC LIMIT $1"};
constexpr Statement kSetStanding{
    "UPDATE customers SET standing = $2, standing_reason = $3 WHERE customer_id = $1 AND standing "
    "<> $2"};
constexpr Statement kSetPolicy{"UPDATE customers SET policy = $2 WHERE customer_id = $1"};
constexpr Statement kInsertToken{
    "INSERT INTO customer_tokens (token_id, customer_id, token_hash, note, created_by, "
    "created_at_ms, expires_at_ms, last_used_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)"};
constexpr Statement kTokenById{
    "SELECT token_id, customer_id, token_hash, note, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms, last_used_ms FROM customer_tokens WHERE token_id = $1"};
constexpr Statement kTokensNewest{
    "SELECT token_id, customer_id, token_hash, note, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms, last_used_ms FROM customer_tokens WHERE customer_id = $1 ORDER BY token_id "
    "DESC LIMIT $2"};
constexpr Statement kTokensBefore{
    "SELECT token_id, customer_id, token_hash, note, created_by, created_at_ms, expires_at_ms, "
    "revoked_at_ms, last_used_ms FROM customer_tokens WHERE customer_id = $1 AND token_id < $3 "
    "ORDER BY token_id DESC LIMIT $2"};
constexpr Statement kCountTokens{
    "SELECT count(*) FROM customer_tokens WHERE customer_id = $1 AND revoked_at_ms IS NULL AND "
    "expires_at_ms > $2"};
constexpr Statement kRevokeToken{
    "UPDATE customer_tokens SET revoked_at_ms = $2 WHERE token_id = $1 AND revoked_at_ms IS NULL"};
constexpr Statement kTokenUsed{
    "UPDATE customer_tokens SET last_used_ms = $2 WHERE token_id = $1 AND last_used_ms < $2"};
constexpr Statement kByToken{
    "SELECT customers.customer_id, customers.name, customers.standing, customers.standing_reason, "
    "customers.policy, customers.created_by, customers.created_at_ms, customer_tokens.token_id, "
    "customer_tokens.customer_id, customer_tokens.token_hash, customer_tokens.note, "
    "customer_tokens.created_by, customer_tokens.created_at_ms, customer_tokens.expires_at_ms, "
    "customer_tokens.revoked_at_ms, customer_tokens.last_used_ms FROM customer_tokens JOIN "
    "customers ON customers.customer_id = customer_tokens.customer_id WHERE "
    "customer_tokens.token_hash = $1"};
constexpr int kCustomerColumns = 7;

// A policy that cannot be read lets nothing through.
GatewayPolicy stored_policy(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (document.ok()) {
    auto policy = read_policy(document->root());
    if (policy.ok()) return std::move(policy).value();
  }
  GatewayPolicy closed;
  closed.allowed_models = {"(none)"};
  closed.allowed_tiers = {"(none)"};
  closed.max_price = closed.spend_cap = Amount();
  return closed;
}

Customer read_customer(const storage::Row& row) {
  Customer customer;
  customer.id = row.text(0);
  customer.name = row.text(1);
  customer.standing =
      customer_standing_from_name(row.text(2)).value_or(CustomerStanding::suspended);
  customer.standing_reason = row.text(3);
  customer.policy = stored_policy(row.text(4));
  customer.created_by = row.text(5);
  customer.created_at_ms = row.integer(6);
  return customer;
}

CustomerToken read_token(const storage::Row& row, int first) {
  CustomerToken token;
  token.id = row.text(first);
  token.customer_id = row.text(first + 1);
  const auto hash = row.blob(first + 2);
  std::copy_n(hash.begin(), std::min(hash.size(), token.hash.size()), token.hash.begin());
  token.note = row.text(first + 3);
  token.created_by = row.text(first + 4);
  token.created_at_ms = row.integer(first + 5);
  token.expires_at_ms = row.integer(first + 6);
  if (!row.is_null(first + 7)) token.revoked_at_ms = row.integer(first + 7);
  token.last_used_ms = row.integer(first + 8);
  return token;
}

Task<Status> read_tokens(Transaction& tx, const Statement& statement, std::span<const Value> values,
                         std::vector<CustomerToken>& out) {
  out.clear();
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_token(row, 0));
    return true;
  };
  co_return co_await tx.query(statement, values, std::move(take));
}

}  // namespace

Task<Status> insert_customer(Transaction& tx, const Customer& customer) {
  const auto policy = policy_text(customer.policy);
  const Value values[] = {std::string_view(customer.id), std::string_view(customer.name),
                          wire_name(customer.standing),  std::string_view(customer.standing_reason),
                          std::string_view(policy),      std::string_view(customer.created_by),
                          customer.created_at_ms};
  CO_TRY([[maybe_unused]] const auto made, co_await tx.exec(kInsert, values));
  co_return Status();
}

Task<Status> select_customer(Transaction& tx, std::string_view id, std::optional<Customer>& out) {
  out.reset();
  const Value values[] = {id};
  auto take = [&out](const storage::Row& row) {
    out = read_customer(row);
    return false;
  };
  co_return co_await tx.query(kById, values, std::move(take));
}

Task<Status> select_customers(Transaction& tx, std::string_view before_id, std::int64_t limit,
                              std::vector<Customer>& out) {
  out.clear();
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_customer(row));
    return true;
  };
  if (before_id.empty()) {
    const Value values[] = {limit};
    co_return co_await tx.query(kNewest, values, std::move(take));
  }
  const Value values[] = {limit, before_id};
  co_return co_await tx.query(kBefore, values, std::move(take));
}

Task<Status> set_customer_standing(Transaction& tx, const StandingChange& change, bool& changed) {
  const Value values[] = {change.customer_id, wire_name(change.to), change.reason};
  CO_TRY(const auto rows, co_await tx.exec(kSetStanding, values));
  changed = rows == 1;
  co_return Status();
}

Task<Status> set_customer_policy(Transaction& tx, std::string_view id,
                                 const GatewayPolicy& policy) {
  const auto text = policy_text(policy);
  const Value values[] = {id, std::string_view(text)};
  CO_TRY([[maybe_unused]] const auto rows, co_await tx.exec(kSetPolicy, values));
  co_return Status();
}

Task<Status> insert_customer_token(Transaction& tx, const CustomerToken& token) {
  const Value values[] = {
      std::string_view(token.id),   std::string_view(token.customer_id), base::ByteView(token.hash),
      std::string_view(token.note), std::string_view(token.created_by),  token.created_at_ms,
      token.expires_at_ms};
  CO_TRY([[maybe_unused]] const auto made, co_await tx.exec(kInsertToken, values));
  co_return Status();
}

Task<Status> select_customer_token(Transaction& tx, std::string_view token_id,
                                   std::optional<CustomerToken>& out) {
  out.reset();
  const Value values[] = {token_id};
  auto take = [&out](const storage::Row& row) {
    out = read_token(row, 0);
    return false;
  };
  co_return co_await tx.query(kTokenById, values, std::move(take));
}

Task<Status> count_usable_customer_tokens(Transaction& tx, std::string_view customer_id,
                                          std::int64_t now_ms, std::int64_t& out) {
  const Value values[] = {customer_id, now_ms};
  auto take = [&out](const storage::Row& row) {
    out = row.integer(0);
    return false;
  };
  co_return co_await tx.query(kCountTokens, values, std::move(take));
}

Task<Status> select_customer_tokens(Transaction& tx, std::string_view customer_id,
                                    std::string_view before_id, std::int64_t limit,
                                    std::vector<CustomerToken>& out) {
  if (before_id.empty()) {
    const Value newest[] = {customer_id, limit};
    co_return co_await read_tokens(tx, kTokensNewest, newest, out);
  }
  const Value values[] = {customer_id, limit, before_id};
  co_return co_await read_tokens(tx, kTokensBefore, values, out);
}

Task<Status> mark_customer_token_revoked(Transaction& tx, std::string_view token_id,
                                         std::int64_t at_ms, bool& changed) {
  const Value values[] = {token_id, at_ms};
  CO_TRY(const auto rows, co_await tx.exec(kRevokeToken, values));
  changed = rows == 1;
  co_return Status();
}

Task<Status> note_token_uses(Transaction& tx, std::span<const TokenUse> uses) {
  if (uses.empty()) co_return Status();
  std::vector<Value> values;
  values.reserve(uses.size() * 2);
  for (const auto& [token_id, at_ms] : uses) {
    values.emplace_back(std::string_view(token_id));
    values.emplace_back(at_ms);
  }
  CO_TRY([[maybe_unused]] const auto rows, co_await tx.exec_many(kTokenUsed, values, 2));
  co_return Status();
}

Task<Status> select_customer_by_token(Transaction& tx, const crypto::Sha256Digest& hash,
                                      std::optional<CustomerWithToken>& out) {
  out.reset();
  const Value values[] = {base::ByteView(hash)};
  auto take = [&out](const storage::Row& row) {
    out = CustomerWithToken{read_customer(row), read_token(row, kCustomerColumns)};
    return false;
  };
  co_return co_await tx.query(kByToken, values, std::move(take));
}

}  // namespace b3iq::control

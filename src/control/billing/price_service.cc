#include "control/billing/price_service.h"

#include <limits>

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kBefore{
    "SELECT number, document, created_by, created_at_ms FROM price_policies WHERE number < $1 "
    "ORDER BY number DESC LIMIT $2"};
constexpr Statement kByNumber{
    "SELECT number, document, created_by, created_at_ms FROM price_policies WHERE number = $1"};
constexpr Statement kInsert{
    "INSERT INTO price_policies (number, document, created_by, created_at_ms) VALUES ($1, $2, $3, "
    "$4)"};
constexpr std::int64_t kNewest = std::numeric_limits<std::int64_t>::max();

// A policy that cannot be read has no price for any model.
PricePolicy read_row(const storage::Row& row) {
  PricePolicy policy;
  const auto document = json::Document::parse(row.text(1));
  if (document.ok()) {
    auto read = read_prices(document->root());
    if (read.ok()) policy = std::move(read).value();
  }
  policy.number = row.integer(0);
  policy.created_by = row.text(2);
  policy.created_at_ms = row.integer(3);
  return policy;
}

Task<Status> select_before(Transaction& tx, std::int64_t before, std::int64_t limit,
                           std::vector<PricePolicy>& out) {
  out.clear();
  const Value values[] = {before, limit};
  auto take = [&out](const storage::Row& row) {
    out.push_back(read_row(row));
    return true;
  };
  co_return co_await tx.query(kBefore, values, std::move(take));
}

}  // namespace

Task<Status> select_active_prices(Transaction& tx, PricePolicy& out) {
  std::vector<PricePolicy> newest;
  CO_TRY_OK(co_await select_before(tx, kNewest, 1, newest));
  out = newest.empty() ? built_in_prices() : std::move(newest.front());
  co_return Status();
}

Task<Status> select_prices(Transaction& tx, std::string_view version,
                           std::optional<PricePolicy>& out) {
  out.reset();
  const auto number = number_of_version(version);
  if (number == built_in_prices().number) out = built_in_prices();
  if (number <= 0) co_return Status();
  const Value values[] = {number};
  auto take = [&out](const storage::Row& row) {
    out = read_row(row);
    return false;
  };
  co_return co_await tx.query(kByNumber, values, std::move(take));
}

Task<Result<PricePolicy>> PriceService::set(PricePolicy policy, std::string actor) {
  policy.created_by = actor;
  policy.created_at_ms = clock_.wall_ms();
  const auto document = price_document(policy);
  AuditAct act{std::move(actor), "prices.set", {}};
  auto body = [&](Transaction& tx) -> Task<Status> {
    PricePolicy active;
    CO_TRY_OK(co_await select_active_prices(tx, active));
    policy.number = active.number + 1;
    const Value values[] = {policy.number, std::string_view(document),
                            std::string_view(policy.created_by), policy.created_at_ms};
    CO_TRY([[maybe_unused]] const auto made, co_await tx.exec(kInsert, values));
    act.subject = policy.version();
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return policy;
}

Task<Result<PricePolicy>> PriceService::active() {
  PricePolicy policy;
  auto body = [&](Transaction& tx) { return select_active_prices(tx, policy); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return policy;
}

Task<Result<std::vector<PricePolicy>>> PriceService::list(std::int64_t before, std::int64_t limit) {
  std::vector<PricePolicy> policies;
  const auto from = before == 0 ? kNewest : before;
  auto body = [&](Transaction& tx) { return select_before(tx, from, limit, policies); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (std::ssize(policies) < limit && from > built_in_prices().number)
    policies.push_back(built_in_prices());
  co_return policies;
}

}  // namespace b3iq::control

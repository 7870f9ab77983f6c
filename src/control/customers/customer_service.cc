#include "control/customers/customer_service.h"

#include <fmt/format.h>

#include "control/customers/customer_store.h"
#include "control/ledger/ledger_reading_store.h"
#include "control/ledger/ledger_store.h"

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

// Error: not_found.
Task<Status> CustomerService::read(Transaction& tx, std::string_view id,
                                   std::optional<CustomerAccount>& out) {
  out.reset();
  std::optional<Customer> customer;
  std::optional<LedgerAccount> account;
  CO_TRY_OK(co_await select_customer(tx, id, customer));
  CO_TRY_OK(co_await select_account(tx, id, account));
  if (!customer || !account) co_return no_such_customer(id);
  out = CustomerAccount{*std::move(customer), *std::move(account)};
  co_return Status();
}

Task<Result<CustomerAccount>> CustomerService::create(std::string name, std::string actor) {
  CO_TRY_OK(check_customer_name(name));
  const auto now = clock_.wall_ms();
  CustomerAccount made;
  made.customer.id = "cus_" + base::make_ulid(now, random_);
  made.customer.name = std::move(name);
  made.customer.created_by = actor;
  made.customer.created_at_ms = now;
  made.account.id = made.customer.id;
  const AuditAct act{std::move(actor), "customer.created", made.customer.id};
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await insert_customer(tx, made.customer));
    CO_TRY_OK(co_await insert_account(tx, made.customer.id, now));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return made;
}

Task<Result<std::vector<Customer>>> CustomerService::list(std::string before_id,
                                                          std::int64_t limit) {
  std::vector<Customer> customers;
  auto body = [&](Transaction& tx) { return select_customers(tx, before_id, limit, customers); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return customers;
}

Task<Result<CustomerAccount>> CustomerService::get(std::string id) {
  std::optional<CustomerAccount> found;
  auto body = [&](Transaction& tx) { return read(tx, id, found); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return *std::move(found);
}

Task<Result<CustomerAccount>> CustomerService::suspend(std::string id, std::string reason,
                                                       std::string actor) {
  CO_TRY_OK(check_reason(reason));
  co_return co_await set_standing(std::move(id), CustomerStanding::suspended, std::move(reason),
                                  std::move(actor));
}

Task<Result<CustomerAccount>> CustomerService::resume(std::string id, std::string actor) {
  co_return co_await set_standing(std::move(id), CustomerStanding::active, {}, std::move(actor));
}

Task<Result<CustomerAccount>> CustomerService::set_standing(std::string id,
                                                            CustomerStanding standing,
                                                            std::string reason, std::string actor) {
  const bool suspends = standing == CustomerStanding::suspended;
  const AuditAct act{std::move(actor), suspends ? "customer.suspended" : "customer.resumed", id};
  std::optional<CustomerAccount> found;
  const StandingChange change{id, standing, reason};
  auto body = [&](Transaction& tx) -> Task<Status> {
    bool changed = false;
    CO_TRY_OK(co_await set_customer_standing(tx, change, changed));
    CO_TRY_OK(co_await read(tx, id, found));
    if (!changed) co_return Status();
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return *std::move(found);
}

Task<Result<CustomerAccount>> CustomerService::set_policy(std::string id, GatewayPolicy policy,
                                                          std::string actor) {
  const AuditAct act{std::move(actor), "customer.policy_set", id};
  std::optional<CustomerAccount> found;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await set_customer_policy(tx, id, policy));
    CO_TRY_OK(co_await read(tx, id, found));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return *std::move(found);
}

Task<Result<LedgerOutcome>> CustomerService::post(LedgerOrder order, std::string_view act_name,
                                                  std::string said, ActBy by) {
  LedgerOutcome outcome;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY(outcome, co_await ledger_.apply(tx, order));
    if (!outcome.changed) co_return Status();
    const auto& account_id = account_of(order);
    AuditAct act{by.actor, act_name, fmt::format("{} {} {}", account_id, outcome.entry_id, said)};
    CO_TRY(act.actor, co_await gate_.pass(tx, ApprovalAct::customer_credit, account_id, by));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return outcome;
}

Task<Result<LedgerOutcome>> CustomerService::fund(FundsOrder order, ActBy by) {
  CO_TRY_OK(check_funds(order.reference, order.reason));
  order.made_by = by.actor;
  const bool takes = order.kind == EntryKind::adjustment_down;
  auto said = (takes ? "-" : "") + order.amount.to_string();
  const auto act = order.kind == EntryKind::credit ? "customer.credited" : "customer.adjusted";
  co_return co_await post(std::move(order), act, std::move(said), std::move(by));
}

Task<Result<LedgerOutcome>> CustomerService::refund(RefundOrder order, std::string reason,
                                                    ActBy by) {
  CO_TRY_OK(check_reason(reason));
  auto said = order.job_id;
  if (!reason.empty()) said += " " + reason;
  co_return co_await post(std::move(order), "customer.refunded", std::move(said), std::move(by));
}

}  // namespace b3iq::control

#include "control/customers/customer_token_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/customers/customer_store.h"
#include "crypto/secret_token.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

Error unknown_credential() {
  return Error(ErrorCode::unauthorized,
               "This control plane does not know that customer with that token. Send "
               "X-B3IQ-Customer-ID (cus_…) and X-B3IQ-Customer-Token (b3iq_customer_…) of the same "
               "customer; the operator makes tokens.");
}

}  // namespace

Task<Result<CreatedCustomerToken>> CustomerTokenService::create(CustomerTokenSpec spec,
                                                                std::string actor) {
  CO_TRY_OK(check_customer_token(spec));
  const auto now = clock_.wall_ms();
  CreatedCustomerToken created;
  created.secret = crypto::make_secret_token(crypto::kCustomerKeyPrefix, random_);
  auto& token = created.token;
  token.id = "ctk_" + base::make_ulid(now, random_);
  token.customer_id = std::move(spec.customer_id);
  token.hash = crypto::hash_secret(created.secret.reveal_text());
  token.note = std::move(spec.note);
  token.created_by = actor;
  token.created_at_ms = now;
  token.expires_at_ms = now + spec.life_ms;
  const AuditAct act{std::move(actor), "customer_token.created", token.id};
  auto body = [&](Transaction& tx) -> Task<Status> {
    std::optional<Customer> customer;
    CO_TRY_OK(co_await select_customer(tx, token.customer_id, customer));
    if (!customer) co_return no_such_customer(token.customer_id);
    std::int64_t usable = 0;
    CO_TRY_OK(co_await count_usable_customer_tokens(tx, token.customer_id, now, usable));
    if (usable >= kMaxTokensOfCustomer) {
      co_return Error(ErrorCode::rate_limited,
                      fmt::format("This customer has {} usable tokens, the most there may be. "
                                  "Revoke those that nobody needs.",
                                  usable));
    }
    CO_TRY_OK(co_await insert_customer_token(tx, token));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return std::move(created);
}

Task<Result<std::vector<CustomerToken>>> CustomerTokenService::list(std::string customer_id,
                                                                    std::string before_id,
                                                                    std::int64_t limit) {
  std::vector<CustomerToken> tokens;
  auto body = [&](Transaction& tx) -> Task<Status> {
    std::optional<Customer> customer;
    CO_TRY_OK(co_await select_customer(tx, customer_id, customer));
    if (!customer) co_return no_such_customer(customer_id);
    co_return co_await select_customer_tokens(tx, customer_id, before_id, limit, tokens);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return tokens;
}

Task<Result<CustomerToken>> CustomerTokenService::revoke(std::string customer_id,
                                                         std::string token_id, std::string actor) {
  const auto now = clock_.wall_ms();
  const AuditAct act{std::move(actor), "customer_token.revoked", token_id};
  std::optional<CustomerToken> token;
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_customer_token(tx, token_id, token));
    if (!token || token->customer_id != customer_id) {
      co_return Error(ErrorCode::not_found,
                      fmt::format("The customer {} has no token '{}'. See them all: "
                                  "b3iq-control-plane admin customers tokens list {}",
                                  customer_id, token_id, customer_id));
    }
    bool changed = false;
    CO_TRY_OK(co_await mark_customer_token_revoked(tx, token_id, now, changed));
    if (!changed) co_return Status();
    token->revoked_at_ms = now;
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return *std::move(token);
}

Task<Result<Customer>> CustomerTokenService::authenticate(std::string customer_id,
                                                          crypto::Sha256Digest hash) {
  std::optional<CustomerWithToken> found;
  auto body = [&](Transaction& tx) { return select_customer_by_token(tx, hash, found); };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found || found->customer.id != customer_id) co_return unknown_credential();
  const auto now = clock_.wall_ms();
  switch (status_of(found->token, now)) {
    case CustomerTokenStatus::active:
      break;
    case CustomerTokenStatus::expired:
      co_return Error(ErrorCode::key_expired,
                      fmt::format("The token {} has expired. Ask the operator for a new one.",
                                  found->token.id));
    case CustomerTokenStatus::revoked:
      co_return Error(ErrorCode::key_revoked,
                      fmt::format("The token {} was revoked. Ask the operator for a new one.",
                                  found->token.id));
  }
  if (found->customer.standing == CustomerStanding::suspended) {
    co_return Error(ErrorCode::customer_policy_denied,
                    "This customer is suspended. Ask the operator.");
  }
  if (uses_.size() < kMaxNotedUses) uses_[found->token.id] = now;
  co_return std::move(found->customer);
}

// Ids in order, so that replicas do not wait for each other in a ring.
Task<Status> CustomerTokenService::flush_uses() {
  if (uses_.empty()) co_return Status();
  std::vector<TokenUse> uses(uses_.begin(), uses_.end());
  uses_.clear();
  std::ranges::sort(uses);
  auto body = [&](Transaction& tx) { return note_token_uses(tx, uses); };
  co_return co_await database_.write(std::move(body), storage::Isolation::by_statement);
}

}  // namespace b3iq::control

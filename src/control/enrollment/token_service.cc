#include "control/enrollment/token_service.h"

#include <fmt/format.h>

#include "control/enrollment/token_store.h"
#include "control/nodes/node_types.h"
#include "crypto/secret_token.h"
#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using storage::Transaction;

namespace {

Error no_such_token(const std::string& id) {
  return Error(
      ErrorCode::not_found,
      fmt::format("There is no enrollment token {}; list them with `admin tokens list`.", id));
}

Status check_spec(const TokenSpec& spec) {
  TRY_OK(check_tags(spec.tags));
  if (!spec.note.empty() && !protocol::is_printable(spec.note, kMaxTokenNoteBytes)) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("A note is a text of at most {} bytes, without control characters.",
                             kMaxTokenNoteBytes),
                 "note");
  }
  if (spec.life_ms < kMinTokenLifeMs || spec.life_ms > kMaxTokenLifeMs) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("A token lives from {} s to {} days.", kMinTokenLifeMs / 1000,
                             kMaxTokenLifeMs / (std::int64_t{24} * 3'600'000)),
                 "life_ms");
  }
  return {};
}

}  // namespace

Task<Result<CreatedToken>> TokenService::create(TokenSpec spec, ActBy by) {
  CO_TRY_OK(check_spec(spec));
  const auto now = clock_.wall_ms();
  CreatedToken created{{}, crypto::make_secret_token(crypto::kEnrollTokenPrefix, random_)};
  EnrollmentToken& token = created.token;
  token.id = "etk_" + base::make_ulid(now, random_);
  token.note = std::move(spec.note);
  token.tags = std::move(spec.tags);
  token.created_by = by.actor;
  token.created_at_ms = now;
  token.expires_at_ms = now + spec.life_ms;
  const auto hash = crypto::hash_secret(created.secret.reveal_text());
  AuditAct act{by.actor, "enrollment_token.created", token.id};
  auto body = [&](Transaction& tx) -> Task<Status> {
    std::int64_t usable = 0;
    CO_TRY_OK(co_await count_usable_tokens(tx, now, usable));
    if (usable >= kMaxUsableTokens) {
      co_return Error(ErrorCode::rate_limited,
                      fmt::format("{} tokens wait to be used; revoke some first.", usable), {},
                      kMinTokenLifeMs);
    }
    CO_TRY_OK(co_await insert_token(tx, token, hash));
    CO_TRY(act.actor, co_await gate_.pass(tx, ApprovalAct::token_create, {}, by));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return created;
}

Task<Result<std::vector<EnrollmentToken>>> TokenService::list(TokenQuery query) {
  if (query.limit < 1 || query.limit > kMaxTokensPerPage) {
    co_return Error(ErrorCode::invalid_request,
                    fmt::format("Give a limit from 1 to {}.", kMaxTokensPerPage), "limit");
  }
  std::vector<EnrollmentToken> tokens;
  auto body = [&](Transaction& tx) -> Task<Status> {
    tokens.clear();
    co_return co_await select_tokens(tx, query, tokens);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return tokens;
}

Task<Result<EnrollmentToken>> TokenService::revoke(std::string id, std::string actor) {
  const auto now = clock_.wall_ms();
  EnrollmentToken token;
  const AuditAct act{actor, "enrollment_token.revoked", id};
  auto body = [&](Transaction& tx) -> Task<Status> {
    bool found = false;
    CO_TRY_OK(co_await select_token(tx, id, token, found));
    if (!found) co_return no_such_token(id);
    bool done = false;
    CO_TRY_OK(co_await mark_token_revoked(tx, id, now, done));
    if (done) {
      token.revoked_at_ms = now;
      co_return co_await audit_.append(tx, act);
    }
    if (token.used_at_ms) {
      co_return Error(ErrorCode::conflict,
                      "The token was used already; suspend or remove the node instead.");
    }
    co_return Status();
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return token;
}

}  // namespace b3iq::control

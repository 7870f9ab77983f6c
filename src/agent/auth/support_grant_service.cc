#include "agent/auth/support_grant_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/auth/support_grant_store.h"
#include "base/bytes.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kShortestGrantLifeMs = 60'000;
constexpr std::int64_t kSameUseNs = 60'000'000'000;

}  // namespace

Status SupportGrantService::load() {
  std::vector<SupportGrant> grants;
  TRY_OK(database_.read_blocking([&](storage::Transaction& tx) {
    grants.clear();
    return select_grants(tx, grants);
  }));
  for (auto& grant : grants) {
    const auto hash = grant.secret_hash;
    grants_[hash] = std::make_shared<SupportGrant>(std::move(grant));
  }
  return {};
}

Task<Result<CreatedGrant>> SupportGrantService::create(std::string note, std::int64_t life_ms,
                                                       std::string actor) {
  if (note.size() > kMaxGrantNoteBytes || !base::valid_utf8(note)) {
    co_return Error(ErrorCode::invalid_request,
                    fmt::format("The note may have at most {} bytes.", kMaxGrantNoteBytes), "note");
  }
  if (life_ms < kShortestGrantLifeMs || life_ms > kLongestGrantLifeMs) {
    co_return Error(ErrorCode::invalid_request, "A support grant lives for 1 minute to 7 days.",
                    "expires");
  }
  if (grants_.size() >= kMaxSupportGrants) {
    co_return Error(
        ErrorCode::conflict,
        fmt::format("This node keeps at most {} support grants, and has them.", kMaxSupportGrants));
  }
  CreatedGrant created;
  const auto now = clock_.wall_ms();
  created.secret = crypto::make_secret_token(crypto::kSupportTokenPrefix, random_);
  created.grant = {"grant_" + base::make_ulid(now, random_),
                   std::move(note),
                   crypto::hash_secret(created.secret.reveal_text()),
                   now,
                   now + life_ms,
                   {}};
  const AuditAct act{std::move(actor), "support.granted", created.grant.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await insert_grant(tx, created.grant));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  grants_[created.grant.secret_hash] = std::make_shared<SupportGrant>(created.grant);
  co_return std::move(created);
}

Task<Result<SupportGrant>> SupportGrantService::revoke(std::string id, std::string actor) {
  const auto found =
      std::ranges::find_if(grants_, [&](const auto& entry) { return entry.second->id == id; });
  if (found == grants_.end()) {
    co_return Error(ErrorCode::not_found,
                    fmt::format("There is no support grant '{}'. `b3iq-host support list` shows "
                                "them.",
                                std::string_view(id).substr(0, kMaxGrantNoteBytes)));
  }
  const auto grant = found->second;
  if (!grant->revoked_at_ms) {
    const auto now = clock_.wall_ms();
    const AuditAct act{std::move(actor), "support.revoked", grant->id};
    auto body = [&](storage::Transaction& tx) -> Task<Status> {
      CO_TRY_OK(co_await mark_grant_revoked(tx, grant->id, now));
      co_return co_await audit_.append(tx, act);
    };
    CO_TRY_OK(co_await database_.write(std::move(body)));
    grant->revoked_at_ms = now;
  }
  co_return *grant;
}

std::vector<SupportGrant> SupportGrantService::list() const {
  std::vector<SupportGrant> out;
  out.reserve(grants_.size());
  for (const auto& [hash, grant] : grants_) out.push_back(*grant);
  std::ranges::sort(out, {}, &SupportGrant::id);
  return out;
}

std::string_view SupportGrantService::status(const SupportGrant& grant) const {
  if (grant.revoked_at_ms) return "revoked";
  return grant.expires_at_ms <= clock_.wall_ms() ? "expired" : "active";
}

void SupportGrantService::note_use(const SupportGrant& grant, std::string_view act,
                                   std::string_view operation) {
  const auto now = clock_.steady_ns();
  auto& noted = last_noted_ns_[fmt::format("{} {} {}", grant.id, act, operation)];
  if (noted != 0 && now - noted < kSameUseNs) return;
  noted = now;
  audit_.note({grant.id, act, std::string(operation)});
}

Result<std::shared_ptr<SupportGrant>> SupportGrantService::find_active(std::string_view secret,
                                                                       std::string_view operation) {
  const bool plausible = crypto::check_secret_token(crypto::kSupportTokenPrefix, secret);
  const auto found = plausible ? grants_.find(crypto::hash_secret(secret)) : grants_.end();
  if (found == grants_.end()) {
    return Error(ErrorCode::unauthorized,
                 "This node does not know that support grant. Its owner makes them with "
                 "`b3iq-host support grant`.");
  }
  const auto& grant = found->second;
  if (status(*grant) == "active") return grant;
  note_use(*grant, "support.refused", operation);
  return Error(grant->revoked_at_ms ? ErrorCode::key_revoked : ErrorCode::key_expired,
               "This support grant has ended. Ask the node's owner for a new one.");
}

Status SupportGrantService::authenticate(std::string_view secret, std::string_view operation) {
  TRY(const auto grant, find_active(secret, operation));
  note_use(*grant, "support.used", operation);
  return {};
}

Error SupportGrantService::refuse(std::string_view secret, std::string_view operation) {
  auto grant = find_active(secret, operation);
  if (!grant.ok()) return std::move(grant).error();
  note_use(**grant, "support.refused", operation);
  return Error(ErrorCode::scope_denied,
               "A support grant opens diagnostics and nothing else: GET /setup/v1/diagnostics.");
}

}  // namespace b3iq::agent

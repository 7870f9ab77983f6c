#include "control/admin/admin_credential_service.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "control/admin/admin_credential_store.h"
#include "crypto/secret_token.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

Error no_credential(std::string_view id) {
  return Error(ErrorCode::not_found,
               fmt::format("There is no admin credential '{}'. See them all: b3iq-control-plane "
                           "admin credentials list",
                           id));
}

}  // namespace

Task<Result<CreatedCredential>> AdminCredentialService::create(AdminCredentialSpec spec, ActBy by) {
  CO_TRY_OK(check_credential_spec(spec));
  const auto now = clock_.wall_ms();
  CreatedCredential created;
  created.secret = crypto::make_secret_token(crypto::kAdminTokenPrefix, random_);
  auto& credential = created.credential;
  credential.id = "adm_" + base::make_ulid(now, random_);
  credential.name = std::move(spec.name);
  credential.role = spec.role;
  credential.secret_hash = crypto::hash_secret(created.secret.reveal_text());
  credential.created_by = by.actor;
  credential.created_at_ms = now;
  credential.expires_at_ms = now + spec.life_ms;
  AuditAct act{by.actor, "admin_credential.created", credential.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    std::optional<AdminCredential> namesake;
    CO_TRY_OK(co_await select_usable_credential_by_name(tx, credential.name, now, namesake));
    if (namesake) {
      co_return Error(ErrorCode::conflict,
                      fmt::format("A usable credential named '{}' exists ({}). Choose another name "
                                  "or revoke it first.",
                                  credential.name, namesake->id),
                      "name");
    }
    std::int64_t usable = 0;
    CO_TRY_OK(co_await count_usable_credentials(tx, std::nullopt, now, usable));
    if (usable >= kMaxAdminCredentials) {
      co_return Error(ErrorCode::rate_limited,
                      fmt::format("{} credentials are usable, the most there may be. Revoke those "
                                  "that nobody needs.",
                                  usable));
    }
    CO_TRY_OK(co_await insert_credential(tx, credential));
    CO_TRY(act.actor, co_await gate_.pass(tx, ApprovalAct::credential_create, {}, by));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return std::move(created);
}

Task<Result<std::vector<AdminCredential>>> AdminCredentialService::list(std::string before_id,
                                                                        std::int64_t limit) {
  std::vector<AdminCredential> credentials;
  auto body = [&](storage::Transaction& tx) {
    return select_credentials(tx, before_id, limit, credentials);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return credentials;
}

Task<Result<AdminCredential>> AdminCredentialService::revoke(std::string id, ActBy by) {
  const auto now = clock_.wall_ms();
  const bool on_the_machine = by.actor == kOperatorActor;
  AuditAct act{by.actor, "admin_credential.revoked", id};
  std::optional<AdminCredential> credential;
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await select_credential(tx, id, credential));
    if (!credential) co_return no_credential(id);
    if (credential->revoked_at_ms) co_return Status();
    if (credential->role == AdminRole::admin && !on_the_machine) {
      std::int64_t admins = 0;
      CO_TRY_OK(co_await count_usable_credentials(tx, AdminRole::admin, now, admins));
      if (admins <= 1 && status_of(*credential, now) == CredentialStatus::active) {
        co_return Error(ErrorCode::conflict,
                        "This is the last usable credential with the role admin. Make another one "
                        "first, or revoke it on the control plane's machine.");
      }
    }
    // Before the change: the credential may be that of one of the two.
    CO_TRY(act.actor, co_await gate_.pass(tx, ApprovalAct::credential_revoke, id, by));
    CO_TRY([[maybe_unused]] const auto changed, co_await mark_credential_revoked(tx, id, now));
    credential->revoked_at_ms = now;
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return *std::move(credential);
}

Task<Result<AdminCredential>> AdminCredentialService::authenticate(
    crypto::Sha256Digest secret_hash) {
  std::optional<AdminCredential> credential;
  auto body = [&](storage::Transaction& tx) {
    return select_credential_by_hash(tx, secret_hash, credential);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!credential) {
    co_return Error(
        ErrorCode::unauthorized,
        "This control plane does not know that credential. Send `Authorization: Bearer "
        "b3iq_admin_…`; one with the role admin makes others, and the first one is made "
        "on the machine: b3iq-control-plane admin bootstrap");
  }
  switch (status_of(*credential, clock_.wall_ms())) {
    case CredentialStatus::active:
      break;
    case CredentialStatus::expired:
      co_return Error(ErrorCode::key_expired,
                      fmt::format("The credential {} has expired. Ask somebody with the role admin "
                                  "for a new one.",
                                  credential->id));
    case CredentialStatus::revoked:
      co_return Error(ErrorCode::key_revoked,
                      fmt::format("The credential {} was revoked. Ask somebody with the role admin "
                                  "for a new one.",
                                  credential->id));
  }
  co_return *std::move(credential);
}

Task<Result<bool>> may_act(storage::Transaction& tx, std::string_view actor, AdminRole least,
                           std::int64_t now_ms) {
  if (actor == kOperatorActor) co_return true;
  std::optional<AdminCredential> credential;
  CO_TRY_OK(co_await select_credential(tx, actor, credential));
  co_return credential &&
      credential->role >= least&& status_of(*credential, now_ms) == CredentialStatus::active;
}

}  // namespace b3iq::control

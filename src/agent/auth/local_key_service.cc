#include "agent/auth/local_key_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "crypto/secret_token.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

std::size_t LocalKeyService::HashOfHash::operator()(const SecretHash& hash) const {
  std::size_t head;
  std::memcpy(&head, hash.data(), sizeof head);
  return head;
}

std::shared_ptr<KeyState> LocalKeyService::hold(LocalKey key) {
  std::shared_ptr<UsageMeter> meter;
  if (key.spec.user.empty()) {
    meter = std::make_shared<UsageMeter>();
  } else {
    auto& shared = meter_of_user_[key.spec.user];
    if (!shared) shared = std::make_shared<UsageMeter>();
    meter = shared;
  }
  auto state = std::make_shared<KeyState>(std::move(key), std::move(meter), clock_.steady_ns());
  by_hash_[state->key.secret_hash] = state;
  by_id_[state->key.id] = state;
  return state;
}

Status LocalKeyService::load() {
  std::vector<LocalKey> keys;
  std::vector<KeyUsageRow> rows;
  TRY_OK(database_.read_blocking([&](storage::Transaction& tx) -> Task<Status> {
    keys.clear();
    rows.clear();
    CO_TRY_OK(co_await select_keys(tx, keys));
    co_return co_await select_usage(tx, 0, rows);
  }));
  for (auto& key : keys) hold(std::move(key));
  const auto today = utc_day(clock_.wall_ms());
  for (const auto& row : rows) {
    const auto found = by_id_.find(row.key_id);
    if (found == by_id_.end()) continue;
    found->second->meter->add(row.day, {row.requests, row.prompt_tokens + row.completion_tokens},
                              today);
  }
  return {};
}

Task<Result<CreatedKey>> LocalKeyService::create(KeySpec spec, std::string actor) {
  CO_TRY_OK(check_key_spec(spec));
  if (by_id_.size() >= kMaxLocalKeys) {
    co_return Error(
        ErrorCode::conflict,
        fmt::format("This node already holds {} keys, the most it keeps.", kMaxLocalKeys));
  }
  for (const auto& [id, state] : by_id_) {
    if (state->key.spec.name == spec.name && !state->key.revoked_at_ms) {
      co_return Error(
          ErrorCode::conflict,
          fmt::format(
              "An active key named '{}' exists ({}). Choose another name or revoke it first.",
              spec.name, id),
          "name");
    }
  }
  CreatedKey created;
  created.secret = crypto::make_secret_token(crypto::kLocalKeyPrefix, random_);
  created.key.spec = std::move(spec);
  created.key.id = "key_" + base::make_ulid(clock_.wall_ms(), random_);
  created.key.secret_hash = crypto::hash_secret(created.secret.reveal_text());
  created.key.created_at_ms = clock_.wall_ms();
  const LocalKey& key = created.key;
  const AuditAct act{std::move(actor), "key.created", key.id};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await insert_key(tx, key));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  hold(created.key);
  co_return std::move(created);
}

Task<Result<LocalKey>> LocalKeyService::revoke(std::string id_or_name, std::string actor) {
  std::shared_ptr<KeyState> state;
  if (const auto found = by_id_.find(id_or_name); found != by_id_.end()) state = found->second;
  if (!state) {
    for (const auto& [id, candidate] : by_id_) {
      if (candidate->key.spec.name == id_or_name && !candidate->key.revoked_at_ms)
        state = candidate;
    }
  }
  if (!state) {
    co_return Error(
        ErrorCode::not_found,
        fmt::format("There is no key '{}'. `b3iq-host keys list` shows them.", id_or_name));
  }
  if (!state->key.revoked_at_ms) {
    const auto now = clock_.wall_ms();
    const std::string& id = state->key.id;
    const AuditAct act{std::move(actor), "key.revoked", id};
    auto body = [&](storage::Transaction& tx) -> Task<Status> {
      CO_TRY_OK(co_await mark_key_revoked(tx, id, now));
      co_return co_await audit_.append(tx, act);
    };
    CO_TRY_OK(co_await database_.write(std::move(body)));
    state->key.revoked_at_ms = now;
  }
  co_return state->key;
}

std::vector<LocalKey> LocalKeyService::list() const {
  std::vector<LocalKey> keys;
  keys.reserve(by_id_.size());
  for (const auto& [id, state] : by_id_) keys.push_back(state->key);
  std::sort(keys.begin(), keys.end(),
            [](const LocalKey& a, const LocalKey& b) { return a.id < b.id; });
  return keys;
}

const LocalKey* LocalKeyService::find(std::string_view id) const {
  const auto found = by_id_.find(std::string(id));
  return found == by_id_.end() ? nullptr : &found->second->key;
}

std::string_view LocalKeyService::id_of(std::string_view secret) const {
  if (!crypto::check_secret_token(crypto::kLocalKeyPrefix, secret)) return "";
  const auto found = by_hash_.find(crypto::hash_secret(secret));
  return found == by_hash_.end() ? std::string_view() : found->second->key.id;
}

Result<std::shared_ptr<KeyState>> LocalKeyService::authenticate(std::string_view secret) const {
  // The checksum refuses junk before any hashing; it is public and guards nothing.
  if (crypto::check_secret_token(crypto::kLocalKeyPrefix, secret)) {
    if (const auto found = by_hash_.find(crypto::hash_secret(secret)); found != by_hash_.end()) {
      TRY_OK(found->second->usable(clock_.wall_ms()));
      return found->second;
    }
  }
  return Error(ErrorCode::unauthorized,
               "This node does not know that key. Send `Authorization: Bearer b3iq_local_…` or "
               "`x-api-key: b3iq_local_…`; the "
               "node's owner makes keys "
               "with `b3iq-host keys create`.");
}

}  // namespace b3iq::agent

#include "control/nodes/node_inventory_service.h"

#include <algorithm>

#include "base/bytes.h"
#include "control/nodes/node_store.h"

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;

namespace {

struct CanonicalPart {
  std::string text;  // "" when the report has no such part
  std::string hash;  // base64url
};
CanonicalPart part_of(std::string text) {
  auto hash = base::to_base64url(crypto::sha256(text));
  return {std::move(text), std::move(hash)};
}

std::optional<crypto::Sha256Digest> digest_of(std::string_view text) {
  const auto bytes = base::from_base64url(text);
  crypto::Sha256Digest digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

}  // namespace

Task<Result<protocol::InventoryAnswer>> InventoryService::put(
    const SignedAct& act, const protocol::InventoryReport& report) {
  CanonicalPart inventory;
  CanonicalPart readiness;
  if (report.inventory) inventory = part_of(protocol::canonical_inventory(*report.inventory));
  if (report.readiness) readiness = part_of(protocol::canonical_readiness(*report.readiness));
  const auto now = clock_.wall_ms();
  const std::string_view node_id = act.request.node_id.text();
  KnownHashes known;
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await claim_sequence(tx, act));
    CO_TRY_OK(co_await set_known_hashes(tx, node_id, inventory.hash, readiness.hash));
    CO_TRY_OK(co_await put_inventory(tx, node_id, now, inventory.text, readiness.text));
    if (report.readiness) CO_TRY_OK(co_await put_models(tx, node_id, report.readiness->models));
    co_return co_await select_known_hashes(tx, node_id, known);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return protocol::InventoryAnswer{now, digest_of(known.inventory), digest_of(known.readiness)};
}

}  // namespace b3iq::control

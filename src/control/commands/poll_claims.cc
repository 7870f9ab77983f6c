#include "control/commands/poll_claims.h"

#include <string_view>
#include <utility>
#include <vector>

#include "control/commands/command_store.h"

namespace b3iq::control {

using base::Result;
using base::Status;
using base::Task;

namespace {

// Why a poll's node was left alone.
Task<Status> explain(storage::Transaction& tx, PollEntry& entry) {
  LeaseRow lease;
  bool found = false;
  CO_TRY_OK(co_await select_lease(tx, entry.node_id(), entry.act.tag, lease, found));
  auto refusal = refusal_of(lease, found, entry.request, entry.act.boot_epoch);
  *entry.act.facts = refusal.facts;
  entry.refusal = std::move(refusal.error);
  co_return Status();
}

}  // namespace

Task<Result<PollClaim>> PollClaims::claim(const SignedAct& act) {
  PollEntry entry(act);
  CO_TRY_OK(co_await join(entry));
  if (entry.refusal) co_return *std::move(entry.refusal);
  co_return entry.claim;
}

Task<Status> PollClaims::write(storage::Transaction& tx, const Batch& batch,
                               std::size_t /*behind*/) const {
  std::vector<PollRow> rows;
  rows.reserve(batch.size());
  for (PollEntry* entry : batch) {
    entry->taken = false;
    entry->refusal.reset();
    rows.push_back({entry->node_id(), entry->request.sequence, entry->act.boot_epoch.value_or(0)});
  }
  std::vector<std::string_view> taken_ids;
  base::UniqueFunction<void(const PollTaken&)> taken = [&](const PollTaken& row) {
    PollEntry* const entry = find(batch, row.node_id);
    if (entry == nullptr) return;
    entry->taken = true;
    entry->claim = {row.command_cursor, false};
    taken_ids.push_back(entry->node_id());
  };
  CO_TRY_OK(co_await claim_polls(tx, rows, taken));
  base::UniqueFunction<void(std::string_view)> has_open = [&](std::string_view node_id) {
    if (PollEntry* const entry = find(batch, node_id); entry != nullptr)
      entry->claim.has_open = true;
  };
  if (!taken_ids.empty()) CO_TRY_OK(co_await select_nodes_with_open(tx, taken_ids, has_open));
  for (PollEntry* entry : batch) {
    if (!entry->taken) CO_TRY_OK(co_await explain(tx, *entry));
  }
  co_return Status();
}

}  // namespace b3iq::control

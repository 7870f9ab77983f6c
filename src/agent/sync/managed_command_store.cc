#include "agent/sync/managed_command_store.h"

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Transaction;
using storage::Value;

namespace {

constexpr Statement kPut{
    "INSERT INTO managed_commands (id, state, document) VALUES ($1, $2, $3) "
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document"};
constexpr Statement kDelete{"DELETE FROM managed_commands WHERE id = $1"};
constexpr Statement kDeleteAll{"DELETE FROM managed_commands"};
constexpr Statement kSelect{"SELECT id, state, document FROM managed_commands ORDER BY id"};

}  // namespace

Task<Status> put_command(Transaction& tx, const CommandEntry& entry) {
  const auto document = entry_document(entry);
  const Value values[] = {std::string_view(entry.id.text()), entry_state_name(entry.state),
                          std::string_view(document)};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kPut, values));
  co_return Status();
}

Task<Status> delete_command(Transaction& tx, std::string_view id) {
  const Value values[] = {id};
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kDelete, values));
  co_return Status();
}

Task<Status> delete_all_commands(Transaction& tx) {
  CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kDeleteAll, {}));
  co_return Status();
}

Task<Status> select_commands(Transaction& tx, std::vector<CommandEntry>& out) {
  Status damaged;
  auto take = [&](const storage::Row& row) {
    auto entry = read_entry(row.text(0), row.text(1), row.text(2));
    if (entry.ok()) {
      out.push_back(std::move(entry).value());
    } else {
      damaged = std::move(entry).error();
    }
    return damaged.ok();
  };
  CO_TRY_OK(co_await tx.query(kSelect, {}, std::move(take)));
  co_return damaged;
}

}  // namespace b3iq::agent

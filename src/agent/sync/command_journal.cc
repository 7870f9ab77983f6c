#include "agent/sync/command_journal.h"

#include <algorithm>
#include <ranges>
#include <vector>

#include "agent/sync/managed_command_store.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Status;
using base::Task;
using protocol::CommandId;
using storage::Transaction;

Status CommandJournal::load() {
  std::vector<CommandEntry> found;
  TRY_OK(database_.read_blocking([&found](Transaction& tx) {
    found.clear();
    return select_commands(tx, found);
  }));
  for (auto& entry : found) {
    const auto id = entry.id;
    entries_.insert_or_assign(id, std::move(entry));
  }
  return {};
}

Task<void> CommandJournal::turn(const CommandId& id) {
  const auto [found, first] = turns_.try_emplace(id);
  if (first) co_return;
  auto& waiting = found->second;
  base::Arrival<bool> mine;
  auto join = [&waiting, &mine] { waiting.push_back(&mine); };
  co_await mine.wait(join);
}

void CommandJournal::end_turn(const CommandId& id) {
  const auto found = turns_.find(id);
  auto& waiting = found->second;
  if (waiting.empty()) {
    turns_.erase(found);
    return;
  }
  auto* const next = waiting.front();
  waiting.pop_front();
  next->set(true);
}

Task<Status> CommandJournal::change(CommandId id, Edit edit) {
  co_await turn(id);
  const auto* known = find(id);
  CommandEntry entry;
  if (known != nullptr) entry = *known;
  entry.id = id;
  const auto what = edit(entry, known != nullptr);
  Status done;
  if (what == Change::keep) done = co_await write(std::move(entry));
  if (what == Change::forget) done = co_await remove(id);
  end_turn(id);
  co_return done;
}

Task<Status> CommandJournal::write(CommandEntry entry) {
  auto body = [&entry](Transaction& tx) { return put_command(tx, entry); };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  const auto id = entry.id;
  entries_.insert_or_assign(id, std::move(entry));
  co_return Status();
}

Task<Status> CommandJournal::remove(const CommandId& id) {
  auto body = [&id](Transaction& tx) { return delete_command(tx, id.text()); };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  entries_.erase(id);
  refused_.erase(id);
  co_return Status();
}

Task<Status> CommandJournal::put(CommandEntry entry) {
  auto edit = [&entry](CommandEntry& kept, bool) {
    kept = entry;
    return Change::keep;
  };
  co_return co_await change(entry.id, std::move(edit));
}

Task<Status> CommandJournal::deliver(CommandId id, protocol::LeaseToken lease) {
  auto edit = [&lease](CommandEntry& entry, bool known) {
    // Under a newer lease it is brought once more.
    if (!known || entry.state != EntryState::done || !(entry.lease == lease)) return Change::none;
    entry.state = EntryState::delivered;
    return Change::keep;
  };
  CO_TRY_OK(co_await change(id, std::move(edit)));
  co_return co_await drop_oldest();
}

Task<Status> CommandJournal::refuse(CommandId id, protocol::LeaseToken lease) {
  if (find(id) != nullptr) refused_.insert_or_assign(id, lease);
  co_return co_await drop_oldest();
}

bool CommandJournal::waits_for_lease(const CommandEntry& entry) const {
  const auto found = refused_.find(entry.id);
  return found != refused_.end() && found->second == entry.lease;
}

Task<Status> CommandJournal::drop_oldest() {
  const auto ended = [this](const CommandEntry& entry) {
    return entry.state == EntryState::delivered || waits_for_lease(entry);
  };
  std::vector<CommandId> too_many;
  std::size_t kept = 0, bytes = 0;
  for (const auto& [id, entry] : std::views::reverse(entries_)) {
    if (!ended(entry)) continue;
    bytes += entry.arguments.size() + entry.result.size();
    // The newest one always stays.
    if (++kept > 1 && (kept > kMaxEndedCommands || bytes > kMaxEndedBytes)) too_many.push_back(id);
  }
  for (const auto& id : too_many) {
    // It may have a new lease by the time of its turn.
    auto edit = [&ended](CommandEntry& entry, bool known) {
      if (!known || !ended(entry)) return Change::none;
      if (entry.state != EntryState::delivered)
        base::log(base::LogLevel::warn, "managed.result_dropped", {{"command", entry.id.text()}});
      return Change::forget;
    };
    CO_TRY_OK(co_await change(id, std::move(edit)));
  }
  co_return Status();
}

Task<Status> CommandJournal::forget(CommandId id) {
  auto edit = [](CommandEntry&, bool known) { return known ? Change::forget : Change::none; };
  co_return co_await change(id, std::move(edit));
}

Task<Status> CommandJournal::clear() {
  auto body = [](Transaction& tx) { return delete_all_commands(tx); };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  entries_.clear();
  refused_.clear();
  co_return Status();
}

const CommandEntry* CommandJournal::find(const CommandId& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::size_t CommandJournal::pending() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [](const auto& pair) { return pair.second.state != EntryState::delivered; }));
}

}  // namespace b3iq::agent

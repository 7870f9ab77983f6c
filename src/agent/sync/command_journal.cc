#include "agent/sync/command_journal.h"

#include <algorithm>
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

Task<Status> CommandJournal::put(CommandEntry entry) {
  auto body = [&entry](Transaction& tx) { return put_command(tx, entry); };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  const auto id = entry.id;
  entries_.insert_or_assign(id, std::move(entry));
  co_return Status();
}

Task<Status> CommandJournal::deliver(CommandId id) {
  const auto* found = find(id);
  if (found == nullptr || found->result.empty()) co_return Status();
  auto entry = *found;
  entry.state = EntryState::delivered;
  CO_TRY_OK(co_await put(std::move(entry)));
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
  std::vector<CommandId> ended;
  for (const auto& [id, entry] : entries_)
    if (entry.state == EntryState::delivered || waits_for_lease(entry)) ended.push_back(id);
  for (std::size_t i = 0; i + kMaxEndedCommands < ended.size(); ++i) {
    if (waits_for_lease(entries_.at(ended[i])))
      base::log(base::LogLevel::warn, "managed.result_dropped", {{"command", ended[i].text()}});
    CO_TRY_OK(co_await forget(ended[i]));
  }
  co_return Status();
}

Task<Status> CommandJournal::forget(CommandId id) {
  auto body = [&id](Transaction& tx) { return delete_command(tx, id.text()); };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  entries_.erase(id);
  refused_.erase(id);
  co_return Status();
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

#include "agent/sync/command_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "json/json.h"
#include "protocol/messages/command_result.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using protocol::CommandKind;

namespace {

constexpr std::array<std::string_view, 4> kStates = {"accepted", "started", "done", "delivered"};
constexpr std::size_t kMaxEntryBytes = protocol::kMaxResultBytes + 64 * 1024;

Error damaged(std::string_view id, std::string_view what) {
  return {ErrorCode::corrupt,
          fmt::format("The command {} in state.db is damaged: {}. Restore a backup, or unenroll.",
                      id.substr(0, 64), what)};
}

}  // namespace

std::string_view entry_state_name(EntryState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

bool is_resumable(CommandKind kind) {
  switch (kind) {
    case CommandKind::route_health_check:
    case CommandKind::runtime_probe:
    case CommandKind::model_install:
    case CommandKind::model_remove:
    case CommandKind::refresh_inventory:
    case CommandKind::agent_update_check:
      return true;
    case CommandKind::benchmark_smoke:
    case CommandKind::support_bundle:
    case CommandKind::private_inference:
    case CommandKind::rotate_transport_key:
      return false;
  }
  return false;
}

std::string entry_document(const CommandEntry& entry) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("kind", protocol::wire_name(entry.kind));
  w.member("arguments", entry.arguments);
  w.member("lease_token", entry.lease.text());
  w.member("accepted_at_ms", entry.accepted_at_ms);
  w.member("started_at_ms", entry.started_at_ms);
  w.member("expires_at_ms", entry.expires_at_ms);
  w.member("result", entry.result);
  w.end_object();
  return out;
}

Result<CommandEntry> read_entry(std::string_view id, std::string_view state,
                                std::string_view text) {
  CommandEntry entry;
  auto known_id = protocol::CommandId::parse(id);
  if (!known_id.ok()) return damaged(id, "its id is none");
  entry.id = std::move(known_id).value();
  const auto* const known_state = std::ranges::find(kStates, state);
  if (known_state == kStates.end()) return damaged(id, "its state is none");
  entry.state = static_cast<EntryState>(known_state - kStates.begin());
  const auto document = json::Document::parse(text, {.max_bytes = kMaxEntryBytes, .max_depth = 2});
  if (!document.ok()) return damaged(id, document.error().detail);
  const auto root = document->root();
  const auto kind = protocol::command_kind_from_name(root.find("kind").string().value_or(""));
  const auto lease = protocol::LeaseToken::parse(root.find("lease_token").string().value_or(""));
  const auto arguments = root.find("arguments").string();
  const auto result = root.find("result").string();
  const auto accepted = root.find("accepted_at_ms").integer();
  const auto started = root.find("started_at_ms").integer();
  const auto expires = root.find("expires_at_ms").integer();
  if (!kind || !lease || !arguments || !result || !accepted || !started || !expires)
    return damaged(id, "a member is missing");
  entry.kind = *kind;
  entry.lease = *lease;
  entry.arguments = *arguments;
  entry.result = *result;
  entry.accepted_at_ms = *accepted;
  entry.started_at_ms = *started;
  entry.expires_at_ms = *expires;
  if (!entry.open() && entry.result.empty()) return damaged(id, "it is done without a result");
  return entry;
}

}  // namespace b3iq::agent

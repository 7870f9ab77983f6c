// A command as the node keeps it, from the moment it has taken it until the control plane has the
// result, and a while longer.
//
//   accepted -> started -> done -> delivered
//
// A row is written before the step that it names: what was started is on disk as started before
// anything is done, what is done before it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/messages/command.h"
#include "protocol/messages/poll.h"

namespace b3iq::agent {

enum class EntryState : std::uint8_t { accepted, started, done, delivered };
std::string_view entry_state_name(EntryState state);

struct CommandEntry {
  protocol::CommandId id;
  protocol::CommandKind kind = protocol::CommandKind::benchmark_smoke;
  EntryState state = EntryState::accepted;
  std::string arguments;  // protocol::encode_arguments; "" when they could not be read
  protocol::LeaseToken lease;
  std::int64_t accepted_at_ms = 0;  // the control plane's time, as the next two
  std::int64_t started_at_ms = 0;
  std::int64_t expires_at_ms = 0;  // of the command
  std::string result;              // the signed document; "" before it is done

  bool open() const { return state == EntryState::accepted || state == EntryState::started; }
};

// What begins again when the process ended in the middle of it: doing it twice does it once. The
// others are reported as interrupted.
bool is_resumable(protocol::CommandKind kind);

// The row's document; the id and the state stand beside it.
std::string entry_document(const CommandEntry& entry);
// Error: corrupt.
base::Result<CommandEntry> read_entry(std::string_view id, std::string_view state,
                                      std::string_view document);

}  // namespace b3iq::agent

#include "agent/sync/managed_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/messages/command.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using protocol::CommandKind;

namespace {

constexpr std::string_view kAllowed = "managed.allowed_commands";

std::vector<std::string_view> allowable() {
  std::vector<std::string_view> kinds;
  kinds.reserve(protocol::kCommandKinds);
  for (std::size_t i = 0; i < protocol::kCommandKinds; ++i)
    kinds.push_back(protocol::wire_name(static_cast<CommandKind>(i)));
  return kinds;
}

}  // namespace

Status check_allowable(std::string_view kind) {
  if (protocol::command_kind_from_name(kind)) return {};
  return Error(ErrorCode::invalid_request,
               fmt::format("'{}' is no kind of command that can be allowed. Those are: {}.",
                           kind.substr(0, 64), fmt::join(allowable(), ", ")),
               "allow");
}

Result<ManagedSettings> read_managed_settings(const config::Config& values) {
  ManagedSettings settings{values.list(kAllowed), values.text("managed.ca_file")};
  for (const auto& kind : settings.allowed_commands) {
    const auto allowable_kind = check_allowable(kind);
    if (!allowable_kind.ok()) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("{} in config.json: {}", kAllowed, allowable_kind.error().detail),
                   std::string(kAllowed));
    }
  }
  return settings;
}

}  // namespace b3iq::agent

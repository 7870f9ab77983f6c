#include "control/nodes/node_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>


namespace b3iq::control {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"active", "suspended", "removed"};
constexpr std::array<std::string_view, 4> kLiveness = {"never_seen", "online", "stale", "offline"};

bool is_tag(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
  };
  return !text.empty() && text.size() <= kMaxTagBytes && std::ranges::all_of(text, allowed);
}

}  // namespace

std::string_view wire_name(NodeState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<NodeState> node_state_from_wire(std::string_view name) {
  const auto* const at = std::ranges::find(kStates, name);
  if (at == kStates.end()) return std::nullopt;
  return static_cast<NodeState>(at - kStates.begin());
}

std::string_view wire_name(Liveness liveness) {
  return kLiveness[static_cast<std::size_t>(liveness)];
}

Liveness liveness_of(std::int64_t last_seen_ms, std::int64_t now_ms) {
  if (last_seen_ms == 0) return Liveness::never_seen;
  const std::int64_t age = now_ms - last_seen_ms;
  if (age <= kStaleAfterMs) return Liveness::online;
  return age <= kOfflineAfterMs ? Liveness::stale : Liveness::offline;
}

base::Status check_tags(const std::vector<std::string>& tags) {
  const auto refused = [](std::string detail) {
    return base::Error(base::ErrorCode::invalid_request, std::move(detail), "tags");
  };
  if (tags.size() > kMaxTags) return refused(fmt::format("Give at most {} tags.", kMaxTags));
  for (auto at = tags.begin(); at != tags.end(); ++at) {
    if (!is_tag(*at)) {
      return refused(fmt::format(
          "A tag is 1 to {} letters, digits or any of _ - . : and nothing else.", kMaxTagBytes));
    }
    if (std::find(tags.begin(), at, *at) != at)
      return refused(fmt::format("The tag {} is given twice.", *at));
  }
  return {};
}

std::string join_tags(const std::vector<std::string>& tags) {
  std::string out;
  for (const auto& tag : tags) out.append("\n").append(tag);
  if (!out.empty()) out += '\n';
  return out;
}

std::vector<std::string> split_tags(std::string_view text) {
  std::vector<std::string> out;
  while (text.size() > 1) {
    text.remove_prefix(1);
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace b3iq::control

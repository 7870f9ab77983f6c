#include "control/nodes/node_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::control {
namespace {

bool is_tag(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
  };
  return !text.empty() && text.size() <= kMaxTagBytes && std::ranges::all_of(text, allowed);
}

}  // namespace

std::int64_t heartbeat_lease_ms(std::int64_t interval_ms) {
  constexpr std::int64_t kIntervals = kHeartbeatLeaseMs / kHeartbeatIntervalMs;
  return std::max(kHeartbeatLeaseMs, kIntervals * interval_ms);
}

std::optional<std::int64_t> heartbeat_expires_at(std::int64_t last_seen_ms, std::int64_t lease_ms) {
  if (last_seen_ms == 0) return std::nullopt;
  return last_seen_ms + lease_ms;
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

#include "control/wake/wake_message.h"

#include "base/check.h"
#include "protocol/ids.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kNodeIdBytes = 36;
static_assert(kWakeVersion.size() + kMaxNodesPerWake * (1 + kNodeIdBytes) <= kMaxWakeBytes);

Error refused(std::string_view what) {
  return Error(ErrorCode::invalid_request, "This is no wake: " + std::string(what) + ".");
}

}  // namespace

std::string encode_wake(std::span<const std::string> node_ids) {
  B3_CHECK(node_ids.size() <= kMaxNodesPerWake);
  std::string payload(kWakeVersion);
  for (const auto& id : node_ids) {
    payload += '\n';
    payload += id;
  }
  return payload;
}

Result<std::vector<std::string_view>> decode_wake(std::string_view payload) {
  if (payload.size() > kMaxWakeBytes) return refused("it is too long");
  if (!payload.starts_with(kWakeVersion)) return refused("its version is not known");
  payload.remove_prefix(kWakeVersion.size());
  std::vector<std::string_view> ids;
  while (!payload.empty()) {
    if (payload.front() != '\n') return refused("a line feed is missing");
    payload.remove_prefix(1);
    const auto id = payload.substr(0, payload.find('\n'));
    if (!protocol::NodeId::valid(id)) return refused("a line is no node id");
    if (ids.size() == kMaxNodesPerWake) return refused("it names too many nodes");
    ids.push_back(id);
    payload.remove_prefix(id.size());
  }
  return ids;
}

}  // namespace b3iq::control

#include "client/home/pins.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "protocol/document_writer.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

Error swapped(std::string detail) { return Error(ErrorCode::invalid_signature, std::move(detail)); }

// What an unknown one is told where nothing may be added.
Error not_pinned(std::string_view what, std::string_view id) {
  return Error(ErrorCode::customer_policy_denied,
               fmt::format("The {} {} is not among the pins, and --pins lets no other be used. Add "
                           "it to that file once you know it from elsewhere.",
                           what, id));
}

Error too_many(std::string_view what) {
  return Error(ErrorCode::customer_policy_denied,
               fmt::format("There are too many pinned {}. Remove those that you do not need: b3iq "
                           "pins forget ID.",
                           what));
}

}  // namespace

const PinnedNode* Pins::find_node(const protocol::NodeId& id) const {
  const auto found = std::ranges::find(nodes, id, &PinnedNode::node_id);
  return found == nodes.end() ? nullptr : &*found;
}

const PinnedControlPlane* Pins::find_control_plane(std::string_view url) const {
  const auto found = std::ranges::find(control_planes, url, &PinnedControlPlane::url);
  return found == control_planes.end() ? nullptr : &*found;
}

Result<PinChange> pin_node(Pins& pins, const protocol::TransportKeyBinding& binding,
                           FirstUse first_use, std::int64_t now_ms) {
  const auto at = std::ranges::find(pins.nodes, binding.node_id, &PinnedNode::node_id);
  if (at == pins.nodes.end()) {
    if (first_use == FirstUse::refuse) return not_pinned("node", binding.node_id.text());
    if (pins.nodes.size() >= kMaxPinnedNodes) return too_many("nodes");
    pins.nodes.push_back({binding.node_id, binding.public_key_ed25519, binding.key_id,
                          binding.not_before_ms, now_ms});
    return PinChange::added;
  }
  if (at->public_key != binding.public_key_ed25519) {
    return swapped(fmt::format(
        "SWAPPED KEY: {} comes with another identity key than the one you have known. Somebody "
        "stands between you and the node. Nothing was sent; do not use this control plane until "
        "the node's operator has told you why.",
        binding.node_id.text()));
  }
  if (at->key_id == binding.key_id && at->not_before_ms >= binding.not_before_ms)
    return PinChange::none;
  if (at->not_before_ms > binding.not_before_ms) {
    return swapped(fmt::format(
        "OLD KEY: {} comes with transport key {}, which is older than {}, which you have seen. A "
        "key that was replaced may have been stolen. Nothing was sent. If the node's operator says "
        "that it is right (a restored backup): b3iq pins forget {}",
        binding.node_id.text(), binding.key_id.text(), at->key_id.text(), binding.node_id.text()));
  }
  at->key_id = binding.key_id;
  at->not_before_ms = binding.not_before_ms;
  return PinChange::updated;
}

Result<PinChange> pin_log(Pins& pins, const std::string& url, const protocol::ControlPlaneId& id,
                          const protocol::NoteVerifier& log, FirstUse first_use,
                          std::int64_t now_ms) {
  const auto* known = pins.find_control_plane(url);
  if (!known) {
    if (first_use == FirstUse::refuse) return not_pinned("control plane", url);
    if (pins.control_planes.size() >= kMaxPinnedControlPlanes) return too_many("control planes");
    pins.control_planes.push_back({url, id, log, now_ms});
    return PinChange::added;
  }
  if (known->id != id) {
    return swapped(fmt::format(
        "ANOTHER CONTROL PLANE: {} was {} and now says that it is {}. Nothing was sent. If its "
        "operator says that it was set up anew: b3iq pins forget {}",
        url, known->id.text(), id.text(), url));
  }
  if (known->log != log) {
    return swapped(fmt::format(
        "SWAPPED LOG KEY: the receipt log of {} has another key ({}) than the one you have known "
        "({}). Receipts could be shown to you that nobody else sees. Nothing was sent. A control "
        "plane that was restored from a backup begins a new log: if its operator says so, b3iq "
        "pins forget {}",
        url, log.name, known->log.name, url));
  }
  return PinChange::none;
}

}  // namespace b3iq::client

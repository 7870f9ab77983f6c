#include "client/jobs/node_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

bool has_class(const Candidate& candidate, std::string_view wanted) {
  return candidate.privacy_class.empty() ? wanted == kPrivateTransport
                                         : candidate.privacy_class == wanted;
}

Error none(std::string detail) {
  return Error(ErrorCode::no_healthy_candidates, std::move(detail));
}

Error nobody_for(std::span<const Candidate> candidates, const NodeWish& wish,
                 std::string_view model) {
  if (candidates.empty()) {
    return none(fmt::format(
        "No node takes private jobs for {} now. Look at /v1/public/models for what there is.",
        model));
  }
  if (wish.node) {
    return none(fmt::format("{} takes no private jobs for {} now ({} other nodes do).",
                            wish.node->text(), model, candidates.size()));
  }
  if (wish.privacy_class != kPrivateTransport) {
    return none(
        fmt::format("No node offers {} for {}: it would need a verified attestation. With "
                    "private_transport the node's operator can read what you send.",
                    wish.privacy_class, model));
  }
  return none(fmt::format("Every node that takes private jobs for {} was tried.", model));
}

}  // namespace

Result<Candidate> choose_node(std::span<const Candidate> candidates, const NodeWish& wish,
                              std::span<const protocol::NodeId> excluded, std::string_view model) {
  const Candidate* best = nullptr;
  for (const auto& candidate : candidates) {
    if (wish.node && candidate.node_id != *wish.node) continue;
    if (!has_class(candidate, wish.privacy_class)) continue;
    if (std::ranges::find(excluded, candidate.node_id) != excluded.end()) continue;
    if (best == nullptr || candidate.price < best->price) best = &candidate;
  }
  if (best == nullptr) return nobody_for(candidates, wish, model);
  if (wish.max_price && best->price > *wish.max_price) {
    return Error(ErrorCode::max_price_exceeded,
                 fmt::format("The cheapest node for {} takes up to {} wei, and you allow {}. "
                             "Nothing was sent.",
                             model, best->price.to_string(), wish.max_price->to_string()),
                 "max_price_wei");
  }
  return *best;
}

}  // namespace b3iq::client

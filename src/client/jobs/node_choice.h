// Which of the nodes that take private jobs gets one. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/control_plane/customer_answers.h"

namespace b3iq::client {

inline constexpr std::string_view kPrivateTransport = "private_transport";

struct NodeWish {
  std::optional<protocol::NodeId> node;  // this one and no other
  std::optional<protocol::Amount> max_price;
  std::string privacy_class = std::string(kPrivateTransport);
};

// The cheapest that fits, the first of several; never one of `excluded`. Errors:
// no_healthy_candidates, max_price_exceeded; each says what would have to be otherwise.
base::Result<Candidate> choose_node(std::span<const Candidate> candidates, const NodeWish& wish,
                                    std::span<const protocol::NodeId> excluded,
                                    std::string_view model);

}  // namespace b3iq::client

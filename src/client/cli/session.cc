#include "client/cli/session.h"

#include <fmt/format.h>

namespace b3iq::client {

using base::Result;

void print_notice(const std::string& sentence) { fmt::print(stderr, "note: {}\n", sentence); }

Result<PinBook> open_pins(const CustomerHome& home, const SharedOptions& shared) {
  return PinBook::open(home.pins(), shared.pins, print_notice);
}

Result<std::unique_ptr<Session>> Session::open(const SharedOptions& shared) {
  TRY(auto access, find_customer_access(shared.access));
  TRY(auto home, CustomerHome::open(shared.home));
  TRY(auto pins, open_pins(home, shared));
  return std::unique_ptr<Session>(new Session(std::move(home), std::move(access), std::move(pins)));
}

Session::Session(CustomerHome the_home, CustomerAccess the_access, PinBook the_pins)
    : home(std::move(the_home)),
      access(std::move(the_access)),
      pins(std::move(the_pins)),
      kept(home.jobs()),
      api(loop, access),
      jobs({.loop = loop,
            .api = api,
            .pins = pins,
            .kept = &kept,
            .clock = base::system_clock(),
            .random = base::system_random()}) {}

Result<NodeWish> wish_of(const WishOptions& options) {
  NodeWish wish;
  if (!options.node.empty()) {
    TRY(wish.node, protocol::NodeId::parse(options.node));
  }
  if (!options.max_price_wei.empty()) {
    TRY(wish.max_price, protocol::Amount::parse(options.max_price_wei, "--max-price-wei"));
  }
  if (!options.privacy_class.empty()) wish.privacy_class = options.privacy_class;
  return wish;
}

}  // namespace b3iq::client

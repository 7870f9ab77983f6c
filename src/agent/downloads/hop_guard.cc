#include "agent/downloads/hop_guard.h"

#include <algorithm>
#include <utility>

#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;

// How far an address is from this machine.
int distance_of(std::string_view address) {
  switch (http::classify_address(address)) {
    case http::AddressClass::loopback:
      return 0;
    case http::AddressClass::private_network:
    case http::AddressClass::link_local:  // never dialled
    case http::AddressClass::other:       // never dialled
      return 1;
    case http::AddressClass::public_network:
      break;
  }
  return 2;
}

}  // namespace

void HopGuard::begin(HopKind kind, std::string host) {
  kind_ = kind;
  host_ = std::move(host);
  refusal_.reset();
}

http::AddressPolicy HopGuard::policy() {
  return [guard = shared_from_this()](std::string_view address, std::uint16_t port) {
    return guard->check(address, port);
  };
}

base::Status HopGuard::check(std::string_view address, std::uint16_t port) {
  const auto refuse = [&](std::string_view why) {
    std::string detail = "The address ";
    detail.append(address).append(" of ").append(host_).append(" is not dialled: ").append(why);
    refusal_.emplace(ErrorCode::download_refused, std::move(detail.append(".")));
    return *refusal_;
  };
  if (!runtimes::check_configured_dial(host_, address, port, own_port_).ok()) {
    return refuse(
        "no server of models can stand there (link-local, a cloud's metadata service, this node's "
        "own port, or a stranger's name for this machine)");
  }
  const int distance = distance_of(address);
  if (kind_ == HopKind::redirect && distance < farthest_) {
    return refuse(distance == 0 ? "a server elsewhere redirected to this machine itself"
                                : "a public server redirected into a private network");
  }
  farthest_ = std::max(farthest_, distance);
  return {};
}

}  // namespace b3iq::agent

// Which addresses the hops of one download may be dialled at. The first is the owner's choice,
// under the rules for configured servers; a redirect is a stranger's wish and never leads nearer to
// this machine than the farthest address that was dialled: from a public one never to a private
// network or loopback, from a private network never to loopback.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "http/client.h"

namespace b3iq::agent {

enum class HopKind : std::uint8_t { first, redirect };

// One loop. Shared with the policy that the client holds.
class HopGuard : public std::enable_shared_from_this<HopGuard> {
 public:
  explicit HopGuard(std::uint16_t own_port) : own_port_(own_port) {}

  // What is dialled from now on belongs to this hop. `host`: as in the URL.
  void begin(HopKind kind, std::string host);
  // Asked by the client about each resolved address; it may outlive the guard.
  http::AddressPolicy policy();
  // Why an address of this hop was refused, if one was. A refusal is no failure of the network: it
  // is not tried again.
  const std::optional<base::Error>& refusal() const { return refusal_; }

 private:
  base::Status check(std::string_view address, std::uint16_t port);

  std::uint16_t own_port_;
  HopKind kind_ = HopKind::first;
  std::string host_;
  int farthest_ = 0;  // distance of what was dialled, over all tries of the download
  std::optional<base::Error> refusal_;
};

}  // namespace b3iq::agent

// Signed requests of one enrollment: numbered, for the right audience, at the control plane's time.
// What the control plane refuses for the clock or the number is mended and sent once more. At most
// one request of a tag may be under way: numbers must arrive in order. Loop thread only.
#pragma once

#include "agent/sync/control_client.h"
#include "agent/sync/sequence_numbers.h"
#include "base/clock.h"
#include "base/random.h"
#include "protocol/http_signature.h"
#include "protocol/identity.h"

namespace b3iq::agent {

class ControlLink {
 public:
  struct Needs {
    ControlClient& client;
    const protocol::NodeIdentity& identity;
    const base::Clock& clock;
    base::Random& random;
    SequenceNumbers& numbers;
  };
  ControlLink(const Needs& needs, protocol::ControlPlaneId audience, std::int64_t clock_offset_ms)
      : needs_(needs), audience_(std::move(audience)), clock_offset_ms_(clock_offset_ms) {}

  // Errors: as of ControlClient::send, and those of the sequence numbers.
  base::Task<base::Result<std::string>> send(protocol::SignatureTag tag, ControlRequest request,
                                             base::CancelToken cancel);
  // Answers tell the control plane's time.
  void learn_time(std::int64_t server_time_ms);
  // The control plane's clock less this machine's.
  std::int64_t clock_offset_ms() const { return clock_offset_ms_; }
  std::int64_t now_ms() const { return needs_.clock.wall_ms() + clock_offset_ms_; }
  const protocol::NodeId& node_id() const { return needs_.identity.node_id(); }
  const protocol::ControlPlaneId& control_plane_id() const { return audience_; }
  const ControlAddress& address() const { return needs_.client.address(); }

 private:
  std::vector<http::Header> sign(protocol::SignatureTag tag, const ControlRequest& request,
                                 std::int64_t sequence) const;
  bool mend(protocol::SignatureTag tag, const Refusal& refusal);

  Needs needs_;
  protocol::ControlPlaneId audience_;
  std::int64_t clock_offset_ms_;
};

}  // namespace b3iq::agent

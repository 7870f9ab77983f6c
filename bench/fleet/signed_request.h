// HTTP/1.1 requests as bytes, signed and plain, ready to be written to a socket. Signing takes some
// 25 us, so what a measurement sends is signed before it begins (Requests::prepare).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "protocol/http_signature.h"
#include "protocol/identity.h"

namespace b3iq::fleet {

struct Call {
  protocol::SignatureTag tag = protocol::SignatureTag::heartbeat;
  std::string_view method = "POST";
  std::string path;
  std::string body;
};

// What all requests of a run share.
struct Origin {
  std::string host;  // of the Host header: 127.0.0.1:8850
  protocol::ControlPlaneId audience;
};

// A sequence that is above every one that an earlier process of this fleet used: the wall clock in
// steps of 10 us. A node makes fewer calls than that.
std::int64_t first_sequence(std::int64_t wall_ms);

// Signed for now.
std::string signed_request(const Origin& origin, const Call& call, std::int64_t sequence,
                           const protocol::NodeIdentity& node, base::Random& random);

// Not signed; with `bearer` as its credential unless empty.
std::string plain_request(const Origin& origin, std::string_view method, std::string_view path,
                          std::string_view body, std::string_view bearer);

// The calls of one tag of many nodes: those that were signed ahead in their order, then signed when
// they are asked for.
class SignedRequests {
 public:
  struct Signed {
    std::string_view bytes;  // until the node's next take()
    std::int64_t sequence = 0;
  };

  // `calls`: of each node; outlives this.
  SignedRequests(const Origin& origin, const std::vector<protocol::NodeIdentity>& nodes,
                 std::vector<Call> calls);

  // Signs `count` more of every node.
  void prepare(std::size_t count);
  Signed take(std::size_t node);
  // From now on the node makes this call; what was signed of the last one is dropped.
  void change(std::size_t node, Call call);
  // True when the next take() signs.
  bool used_up(std::size_t node) const;
  std::int64_t signed_late() const { return signed_late_; }

 private:
  struct Ahead {
    std::vector<std::string> bytes;
    std::size_t used = 0;
    std::int64_t next_sequence = 0;
  };

  const Origin& origin_;
  const std::vector<protocol::NodeIdentity>& nodes_;
  std::vector<Call> calls_;
  std::vector<Ahead> ahead_;
  base::BufferedRandom random_;
  std::string late_;
  std::int64_t signed_late_ = 0;
};

}  // namespace b3iq::fleet

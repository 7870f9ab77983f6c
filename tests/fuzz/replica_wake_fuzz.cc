// Any bytes as what another replica published: refused, or nodes that are written back as the same
// bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "control/wake/wake_message.h"
#include "protocol/ids.h"

int fuzz_replica_wake(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  const auto nodes = control::decode_wake(payload);
  if (!nodes.ok()) return 0;
  B3_CHECK(nodes->size() <= control::kMaxNodesPerWake);
  for (const auto node : *nodes) B3_CHECK(protocol::NodeId::valid(node));
  const std::vector<std::string> copies(nodes->begin(), nodes->end());
  B3_CHECK(control::encode_wake(copies) == payload);
  return 0;
}

// Any bytes as a heartbeat: refused, or written back to the same values in under 512 bytes.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"

int fuzz_managed_heartbeat(const std::uint8_t* data, std::size_t size) {
  using namespace b3iq::protocol;  // NOLINT: one function
  const auto read = decode_heartbeat({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return 0;
  B3_CHECK(read->boot_epoch >= 1 && read->boot_epoch <= kMaxBootEpoch);
  B3_CHECK(valid_agent_version(read->agent_version));
  const auto text = encode_heartbeat(*read);
  B3_CHECK(text.size() <= kMaxHeartbeatBytes);
  const auto again = decode_heartbeat(text);
  B3_CHECK(again.ok() && encode_heartbeat(*again) == text);
  return 0;
}

// The opponent of signed heartbeats and receipts per second: libsodium's own Ed25519 verification,
// nothing else.
#pragma once

#include <cstddef>

namespace b3iq::fleet {

inline constexpr std::size_t kHeartbeatBaseBytes = 472;  // what a heartbeat's signature covers

// Verifies signatures over messages of `message_bytes` for `seconds` on this thread and prints
// {"verified","seconds","cpu_seconds"}. False when libsodium refused a signature.
bool measure_verify_rate(double seconds, std::size_t message_bytes);

}  // namespace b3iq::fleet

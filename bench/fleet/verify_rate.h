// The opponent of signed heartbeats per second: libsodium's own Ed25519 verification, nothing else,
// over messages of the size that a heartbeat's signature covers.
#pragma once

namespace b3iq::fleet {

// Verifies for `seconds` on this thread and prints {"verified","seconds","cpu_seconds"}. False when
// libsodium refused a signature.
bool measure_verify_rate(double seconds);

}  // namespace b3iq::fleet

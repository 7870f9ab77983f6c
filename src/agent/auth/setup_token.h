// The setup token: bootstrap and recovery credential of a node. The node keeps its SHA-256 and the
// time of issue in config.json; the token itself is in the printed address and nowhere else. A new
// one replaces the last.
#pragma once

#include "agent/home.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret.h"
#include "crypto/sha256.h"

namespace b3iq::agent {

base::Result<crypto::Secret> issue_setup_token(const Home& home, const base::Clock& clock,
                                               base::Random& random);

// What config.json knows of the newest one: read anew each time, since the command that issues one
// runs beside the node. Blocks for one small file. Errors: config_invalid, file_failed;
// unauthorized when none was ever issued.
struct SetupTokenState {
  crypto::Sha256Digest hash{};
  std::int64_t issued_at_ms = 0;
};
base::Result<SetupTokenState> read_setup_token(const Home& home);

}  // namespace b3iq::agent

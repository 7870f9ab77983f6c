// The setup token: bootstrap and recovery credential of a node. The node keeps its SHA-256 and the
// time of issue in config.json; the token itself is in the printed address and nowhere else. A new
// one replaces the last.
#pragma once

#include "agent/home.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace b3iq::agent {

base::Result<crypto::Secret> issue_setup_token(const Home& home, const base::Clock& clock,
                                               base::Random& random);

}  // namespace b3iq::agent

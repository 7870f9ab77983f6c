// Whom the node asks about newer versions of itself, when somebody tells it to ask.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "crypto/ed25519.h"

namespace b3iq::agent {

struct UpdateSettings {
  std::string manifest_url;  // "": nobody
  std::optional<crypto::Ed25519PublicKey> release_key;
  bool configured() const { return !manifest_url.empty() && release_key.has_value(); }
};

// Errors: config_invalid for an address that is not https (or http on loopback), for text that is
// no key, and for an address without a key.
base::Result<UpdateSettings> read_update_settings(const config::Config& values);

}  // namespace b3iq::agent

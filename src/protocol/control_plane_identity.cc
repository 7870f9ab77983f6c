#include "protocol/control_plane_identity.h"

#include "protocol/key_file.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kSeedLabel = "b3iq-control-plane-seed-v1 ";

}  // namespace

base::Result<ControlPlaneIdentity> ControlPlaneIdentity::create(const std::string& path,
                                                                base::Random& random) {
  ControlPlaneIdentity identity = generate(random);
  TRY_OK(write_key_file(path, kSeedLabel, identity.key_.seed()));
  return identity;
}

base::Result<ControlPlaneIdentity> ControlPlaneIdentity::load(const std::string& path) {
  TRY(const auto seed, read_key_file(path, kSeedLabel,
                                     "is not a control plane's key. Restore it from a backup; with "
                                     "a new key every node must enroll again."));
  return ControlPlaneIdentity(crypto::Ed25519SecretKey::from_seed(seed.reveal()));
}

}  // namespace b3iq::protocol

#include "protocol/identity.h"

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "protocol/key_file.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kSeedLabel = "b3iq-ed25519-seed-v1 ";

// `label` is a C string so that its closing NUL is hashed as the separator.
template <class Rule, std::size_t N>
Id<Rule> key_id(const char (&label)[N], base::ByteView key) {
  crypto::Sha256 hash;
  hash.update(std::string_view(label, N));
  hash.update(key);
  const crypto::Sha256Digest digest = hash.finish();
  std::string text(Rule::kPrefix);
  text += base::to_base32(base::ByteView(digest).first(Rule::kBytes));
  return Id<Rule>::trusted(std::move(text));
}

}  // namespace

NodeId node_id_of(const crypto::Ed25519PublicKey& key) {
  return key_id<NodeIdRule>("b3iq-node-id-v1", key.bytes);
}

ControlPlaneId control_plane_id_of(const crypto::Ed25519PublicKey& key) {
  return key_id<ControlPlaneIdRule>("b3iq-control-plane-id-v1", key.bytes);
}

TransportKeyId transport_key_id_of(const crypto::X25519PublicKey& key) {
  return key_id<TransportKeyIdRule>("b3iq-transport-key-v1", key.bytes);
}

base::Result<NodeIdentity> NodeIdentity::create(const std::string& path, base::Random& random) {
  NodeIdentity identity = generate(random);
  TRY_OK(write_key_file(path, kSeedLabel, identity.key_.seed()));
  return identity;
}

base::Result<NodeIdentity> NodeIdentity::load(const std::string& path) {
  TRY(const auto seed,
      read_key_file(path, kSeedLabel,
                    "is not a node key. Restore it from a backup; a new key is a new node."));
  return NodeIdentity(crypto::Ed25519SecretKey::from_seed(seed.reveal()));
}

}  // namespace b3iq::protocol

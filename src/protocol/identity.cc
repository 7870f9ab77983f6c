#include "protocol/identity.h"

#include "base/bytes.h"
#include "crypto/secret_file.h"
#include "crypto/sha256.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kSeedLabel = "b3iq-ed25519-seed-v1 ";
constexpr std::size_t kSeedChars = 43;  // base64url of 32 bytes

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
  std::string seed = base::to_base64url(identity.key_.seed());
  crypto::Secret line = crypto::Secret::of_size(kSeedLabel.size() + kSeedChars + 1);
  auto out = std::copy(kSeedLabel.begin(), kSeedLabel.end(), line.writable().begin());
  out = std::copy(seed.begin(), seed.end(), out);
  *out = '\n';
  crypto::wipe(seed.data(), seed.size());
  TRY_OK(crypto::write_secret_file(path, line.reveal(), crypto::IfExists::fail));
  return identity;
}

base::Result<NodeIdentity> NodeIdentity::load(const std::string& path) {
  TRY(const auto file, crypto::read_secret_file(path));
  std::string_view text = file.reveal_text();
  if (text.ends_with('\n')) text.remove_suffix(1);
  const bool labelled = text.starts_with(kSeedLabel);
  auto seed = labelled ? base::from_base64url(text.substr(kSeedLabel.size())) : std::nullopt;
  if (!seed || seed->size() != 32) {
    return base::Error(
        base::ErrorCode::corrupt,
        path + " is not a node key. Restore it from a backup; a new key is a new node.");
  }
  NodeIdentity identity(crypto::Ed25519SecretKey::from_seed(
      std::span<const std::uint8_t, 32>(seed->data(), seed->size())));
  crypto::wipe(seed->data(), seed->size());
  return identity;
}

}  // namespace b3iq::protocol

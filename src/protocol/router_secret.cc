#include "protocol/router_secret.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/hmac.h"
#include "crypto/sealed_box.h"
#include "crypto/sha256.h"
#include "protocol/key_file.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kMasterLabel = "b3iq-router-master-v1 ";
constexpr std::string_view kSecretPrefix("b3iq-router-secret-v1\0", 22);
constexpr std::string_view kKeyPrefix("b3iq-router-key-v1\0", 19);
static_assert(kSealedRouterSecretBytes == 32 + crypto::kSealedBoxExtraBytes);

// node-id 0x00 generation
std::string subject(const NodeId& node_id, std::int64_t generation) {
  B3_CHECK(generation >= 1);
  std::string text = node_id.text();
  text.push_back('\0');
  return text.append(std::to_string(generation));
}

}  // namespace

RouterKeyId router_key_id_of(const NodeId& node_id, std::int64_t generation) {
  crypto::Sha256 hash;
  hash.update(kKeyPrefix);
  hash.update(subject(node_id, generation));
  const crypto::Sha256Digest digest = hash.finish();
  std::string text(RouterKeyIdRule::kPrefix);
  return RouterKeyId::trusted(
      text.append(base::to_base32(base::ByteView(digest).first(RouterKeyIdRule::kBytes))));
}

base::Result<RouterMasterSecret> RouterMasterSecret::create(const std::string& path,
                                                            base::Random& random) {
  RouterMasterSecret master = generate(random);
  TRY_OK(write_key_file(path, kMasterLabel, master.secret_.reveal()));
  return master;
}

base::Result<RouterMasterSecret> RouterMasterSecret::load(const std::string& path) {
  TRY(auto secret, read_key_file(path, kMasterLabel,
                                 "is not a router master secret. Restore it from a backup; with a "
                                 "new one every node must enroll again."));
  return RouterMasterSecret(std::move(secret));
}

RouterSecret RouterMasterSecret::derive(const NodeId& node_id, std::int64_t generation) const {
  const std::string of = subject(node_id, generation);
  crypto::Sha256Digest digest =
      crypto::hmac_sha256(secret_.reveal(), {base::as_bytes(kSecretPrefix), base::as_bytes(of)});
  RouterSecret secret{std::span<const std::uint8_t, 32>(digest)};
  crypto::wipe(digest.data(), digest.size());
  return secret;
}

base::Result<SealedRouterSecret> seal_router_secret(const RouterSecret& secret,
                                                    const crypto::X25519PublicKey& key) {
  const auto sealed = crypto::seal_box(secret.reveal(), key);
  if (!sealed) {
    return base::Error(base::ErrorCode::invalid_request,
                       "Nothing can be sealed to this transport key: it is a point of low order. "
                       "Make a new key.",
                       "public_key_x25519");
  }
  SealedRouterSecret out;
  std::copy(sealed->begin(), sealed->end(), out.begin());
  return out;
}

base::Result<RouterSecret> open_router_secret(const SealedRouterSecret& sealed,
                                              const TransportKey& key) {
  const auto opened = crypto::open_sealed_box(sealed, key.secret());
  if (!opened || opened->size() != 32) {
    return base::Error(base::ErrorCode::corrupt,
                       "The router secret cannot be opened with this node's transport key. Enroll "
                       "again.");
  }
  return RouterSecret(opened->reveal().first<32>());
}

}  // namespace b3iq::protocol

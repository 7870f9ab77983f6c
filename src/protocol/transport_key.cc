#include "protocol/transport_key.h"

#include "protocol/key_file.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kSecretLabel = "b3iq-x25519-secret-v1 ";

}  // namespace

base::Result<TransportKey> TransportKey::create(const std::string& path, base::Random& random) {
  TransportKey key = generate(random);
  TRY_OK(write_key_file(path, kSecretLabel, key.key_.reveal()));
  return key;
}

base::Result<TransportKey> TransportKey::load(const std::string& path) {
  TRY(const auto secret, read_key_file(path, kSecretLabel,
                                       "is not a transport key. Remove the file: the node makes a "
                                       "new key and tells its control plane."));
  return TransportKey(crypto::X25519SecretKey::from_bytes(secret.reveal()));
}

}  // namespace b3iq::protocol

#include "verify_rate.h"

#include <sodium.h>

#include <array>
#include <vector>

#include "connections.h"
#include "figures.h"
#include "fleet_node.h"

namespace b3iq::fleet {
namespace {

constexpr std::size_t kKeys = 256;  // as of a fleet: not one key that stays in the cache

struct Signed {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key;
  std::array<unsigned char, crypto_sign_BYTES> signature;
  std::vector<unsigned char> message;
};

std::vector<Signed> some_signatures(std::size_t message_bytes) {
  std::vector<Signed> all(kKeys);
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  for (auto& one : all) {
    crypto_sign_keypair(one.key.data(), secret.data());
    one.message.resize(message_bytes);
    randombytes_buf(one.message.data(), one.message.size());
    crypto_sign_detached(one.signature.data(), nullptr, one.message.data(), one.message.size(),
                         secret.data());
  }
  return all;
}

}  // namespace

bool measure_verify_rate(double seconds, std::size_t message_bytes) {
  if (sodium_init() < 0) return false;
  const auto all = some_signatures(message_bytes);
  const double cpu_before = cpu_seconds();
  const std::int64_t begin = steady_ns();
  const std::int64_t deadline = begin + static_cast<std::int64_t>(seconds * 1e9);
  std::int64_t verified = 0;
  while (steady_ns() < deadline) {
    const auto& one = all[static_cast<std::size_t>(verified) % all.size()];
    if (crypto_sign_verify_detached(one.signature.data(), one.message.data(), one.message.size(),
                                    one.key.data()) != 0)
      return false;
    ++verified;
  }
  std::string line;
  json::Writer out(line);
  out.begin_object();
  out.member("verified", verified);
  out.member("seconds", static_cast<double>(steady_ns() - begin) / 1e9);
  out.member("cpu_seconds", cpu_seconds() - cpu_before);
  out.member("libsodium", sodium_version_string());
  out.end_object();
  print_line(line);
  return true;
}

}  // namespace b3iq::fleet

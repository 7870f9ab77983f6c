#include "crypto/secret_token.h"

#include <array>
#include <string_view>

namespace b3iq::crypto {
namespace {

constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool is_base62(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// CRC-32 of ISO-HDLC, as zlib, PNG and Ethernet have it.
constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0);
    table[i] = value;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (char c : text) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

std::array<char, kSecretTokenChecksumChars> checksum_of(std::string_view text) {
  std::array<char, kSecretTokenChecksumChars> out;
  std::uint32_t crc = crc32(text);
  for (std::size_t i = out.size(); i-- > 0; crc /= 62) out[i] = kBase62[crc % 62];
  return out;
}

// One character at a time, without bias: bytes from 248 (4 * 62) up are thrown away.
class Base62Source {
 public:
  explicit Base62Source(base::Random& random) : random_(random) {}
  char next() {
    while (true) {
      if (used_ == kPool) {
        random_.fill(pool_.writable());
        used_ = 0;
      }
      const std::uint8_t byte = pool_.reveal()[used_++];
      if (byte < 248) return kBase62[byte % 62];
    }
  }

 private:
  static constexpr std::size_t kPool = 64;
  base::Random& random_;
  SecretBytes<kPool> pool_;
  std::size_t used_ = kPool;
};

}  // namespace

Secret make_secret_token(std::string_view prefix, base::Random& random) {
  const std::size_t body = prefix.size() + kSecretTokenRandomChars;
  Secret token = Secret::of_size(body + kSecretTokenChecksumChars);
  const auto out = token.writable();
  std::copy(prefix.begin(), prefix.end(), out.begin());
  Base62Source source(random);
  for (std::size_t i = prefix.size(); i < body; ++i)
    out[i] = static_cast<std::uint8_t>(source.next());
  const auto checksum = checksum_of(token.reveal_text().substr(0, body));
  std::copy(checksum.begin(), checksum.end(), out.begin() + static_cast<std::ptrdiff_t>(body));
  return token;
}

bool check_secret_token(std::string_view prefix, std::string_view text) {
  const std::size_t body = prefix.size() + kSecretTokenRandomChars;
  if (text.size() != body + kSecretTokenChecksumChars || !text.starts_with(prefix)) return false;
  for (char c : text.substr(prefix.size())) {
    if (!is_base62(c)) return false;
  }
  const auto checksum = checksum_of(text.substr(0, body));
  return text.substr(body) == std::string_view(checksum.data(), checksum.size());
}

Sha256Digest hash_secret(std::string_view text) { return sha256(text); }

}  // namespace b3iq::crypto

#include "protocol/key_file.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/secret_file.h"

namespace b3iq::protocol {
namespace {

constexpr std::size_t kKeyChars = 43;  // base64url of 32 bytes

}  // namespace

base::Status write_key_file(const std::string& path, std::string_view label,
                            std::span<const std::uint8_t, kKeyFileKeyBytes> key) {
  std::string text = base::to_base64url(key);
  crypto::Secret line = crypto::Secret::of_size(label.size() + kKeyChars + 1);
  auto out = std::copy(label.begin(), label.end(), line.writable().begin());
  out = std::copy(text.begin(), text.end(), out);
  *out = '\n';
  crypto::wipe(text.data(), text.size());
  return crypto::write_secret_file(path, line.reveal(), crypto::IfExists::fail);
}

base::Result<crypto::SecretBytes<kKeyFileKeyBytes>> read_key_file(const std::string& path,
                                                                  std::string_view label,
                                                                  std::string_view not_one) {
  TRY(const auto file, crypto::read_secret_file(path));
  std::string_view text = file.reveal_text();
  if (text.ends_with('\n')) text.remove_suffix(1);
  const bool labelled = text.starts_with(label);
  auto bytes = labelled ? base::from_base64url(text.substr(label.size())) : std::nullopt;
  if (!bytes || bytes->size() != kKeyFileKeyBytes)
    return base::Error(base::ErrorCode::corrupt, path + " " + std::string(not_one));
  crypto::SecretBytes<kKeyFileKeyBytes> key(
      std::span<const std::uint8_t, kKeyFileKeyBytes>(bytes->data(), bytes->size()));
  crypto::wipe(bytes->data(), bytes->size());
  return key;
}

}  // namespace b3iq::protocol

#include "client/cli/argument_secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "client/proxy/proxy_token.h"
#include "crypto/secret_token.h"

namespace b3iq::client {
namespace {

constexpr std::array kPrefixes = {
    crypto::kCustomerKeyPrefix, crypto::kGatewayKeyPrefix,   crypto::kLocalKeyPrefix,
    crypto::kAdminTokenPrefix,  crypto::kSupportTokenPrefix, crypto::kSetupTokenPrefix,
    kProxyTokenPrefix};
// Also of one that was cut; file names are shorter.
constexpr std::size_t kLeastRandomChars = 24;

bool holds_secret(std::string_view text, std::string_view prefix) {
  const auto at = text.find(prefix);
  if (at == std::string_view::npos) return false;
  const auto rest = text.substr(at + prefix.size());
  const auto random = std::ranges::find_if_not(rest, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  return static_cast<std::size_t>(random - rest.begin()) >= kLeastRandomChars;
}

}  // namespace

std::optional<std::string> secret_among(std::span<const char* const> arguments) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    for (const auto prefix : kPrefixes) {
      if (!holds_secret(arguments[i], prefix)) continue;
      return fmt::format(
          "Argument {} holds a secret ({}…). Every user of this machine can read arguments, and "
          "shells keep them: have it revoked, and give the new one in a file (chmod 600).",
          i, prefix);
    }
  }
  return std::nullopt;
}

}  // namespace b3iq::client

#include "agent/setup/setup_token.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "config/rewrite.h"
#include "crypto/secret_file.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

base::Result<crypto::Secret> issue_setup_token(const Home& home, const base::Clock& clock, base::Random& random) {
  std::ifstream in(home.config(), std::ios::binary);
  if (!in) {
    return base::Error(base::ErrorCode::not_found, fmt::format("There is no {}. Run: b3iq-host init", home.config()));
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto token = crypto::make_secret_token(crypto::kSetupTokenPrefix, random);
  const auto state = fmt::format(R"({{"token_sha256":"{}","issued_at":"{}"}})",
                                 base::to_hex(crypto::hash_secret(token.reveal_text())),
                                 base::format_rfc3339(clock.wall_ms()));
  TRY(const auto changed, config::with_member(text, "setup", state));
  TRY_OK(crypto::write_secret_file(home.config(), base::as_bytes(changed)));
  return token;
}

}  // namespace b3iq::agent

#include "agent/setup/setup_token.h"

#include <fmt/format.h>

#include "crypto/secret_file.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

base::Result<crypto::Secret> issue_setup_token(const Home& home, const base::Clock& clock, base::Random& random) {
  auto token = crypto::make_secret_token(crypto::kSetupTokenPrefix, random);
  const auto state = fmt::format("{{\"sha256\":\"{}\",\"issued_at\":\"{}\"}}\n",
                                 base::to_hex(crypto::hash_secret(token.reveal_text())),
                                 base::format_rfc3339(clock.wall_ms()));
  TRY_OK(crypto::write_secret_file(home.secrets() + "/setup-token.json", base::as_bytes(state)));
  return token;
}

}  // namespace b3iq::agent

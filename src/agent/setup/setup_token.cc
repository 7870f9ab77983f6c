#include "agent/setup/setup_token.h"

#include <fmt/format.h>

#include "agent/settings_table.h"
#include "config/config_file.h"
#include "crypto/secret_token.h"

namespace b3iq::agent {

base::Result<crypto::Secret> issue_setup_token(const Home& home, const base::Clock& clock,
                                               base::Random& random) {
  auto token = crypto::make_secret_token(crypto::kSetupTokenPrefix, random);
  const config::Change change{"setup",
                              fmt::format(R"({{"token_sha256":"{}","issued_at":"{}"}})",
                                          base::to_hex(crypto::hash_secret(token.reveal_text())),
                                          base::format_rfc3339(clock.wall_ms()))};
  TRY_OK(config::rewrite_config_file(home.config(), settings_table(), {&change, 1}));
  return token;
}

}  // namespace b3iq::agent

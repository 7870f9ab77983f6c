#include "agent/auth/setup_token.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/settings_table.h"
#include "base/bytes.h"
#include "config/config.h"
#include "config/config_file.h"
#include "crypto/secret_token.h"
#include "json/json.h"

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

base::Result<SetupTokenState> read_setup_token(const Home& home) {
  const auto none = [] {
    return base::Error(base::ErrorCode::unauthorized, "No setup token was issued yet.");
  };
  TRY(const auto values,
      config::load(settings_table(), home.config(), config::process_environment()));
  const auto& section = values.section("setup");
  if (section.empty()) return none();
  TRY(const auto document, json::Document::parse(section));
  const auto hash_text = document.root().find("token_sha256").string();
  const auto issued_at = document.root().find("issued_at").string();
  SetupTokenState state;
  const auto hash = base::from_hex(hash_text.value_or(""));
  if (!hash || hash->size() != state.hash.size() ||
      !base::parse_rfc3339(issued_at.value_or(""), state.issued_at_ms)) {
    return none();
  }
  std::copy(hash->begin(), hash->end(), state.hash.begin());
  return state;
}

}  // namespace b3iq::agent

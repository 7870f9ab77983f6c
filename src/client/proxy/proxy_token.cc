#include "client/proxy/proxy_token.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/secret_file.h"
#include "crypto/secret_token.h"
#include "http/http_text.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kScheme = "Bearer ";

}  // namespace

Result<ProxyToken> load_proxy_token(const std::string& path, base::Random& random) {
  const auto text = crypto::read_secret_file(path);
  if (text.ok()) {
    crypto::Secret secret(base::trimmed(text->reveal_text()));
    if (crypto::check_secret_token(kProxyTokenPrefix, secret.reveal_text()))
      return ProxyToken{std::move(secret), false};
    return Error(
        ErrorCode::corrupt,
        fmt::format("{} is not the proxy's token. Remove it: the next start makes another.", path));
  }
  if (text.error().code != ErrorCode::not_found) return text.error();
  auto secret = crypto::make_secret_token(kProxyTokenPrefix, random);
  TRY_OK(crypto::write_secret_file(path, secret.reveal(), crypto::IfExists::fail));
  return ProxyToken{std::move(secret), true};
}

ProxyAuth::ProxyAuth(const crypto::Secret& token)
    : hash_(crypto::hash_secret(token.reveal_text())) {}

Result<ProxyAuth::Principal> ProxyAuth::authenticate(const http::Request& request) const {
  const auto header = request.header("authorization").value_or("");
  if (header.size() > kScheme.size() &&
      http::equal_ignoring_case(header.substr(0, kScheme.size()), kScheme)) {
    const auto given = crypto::hash_secret(http::trim_blanks(header.substr(kScheme.size())));
    if (base::equal_constant_time(given, hash_.reveal())) return Principal{};
  }
  return Error(ErrorCode::unauthorized,
               "This proxy wants its own token as the API key: the content of proxy-token in the "
               "folder of b3iq (~/.b3iq-customer unless --home says otherwise). It was printed "
               "when the proxy was started for the first time.");
}

}  // namespace b3iq::client

#include "agent/updates/update_settings.h"

#include "agent/downloads/download_url.h"
#include "base/bytes.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kUrl = "updates.manifest_url";
constexpr std::string_view kKey = "updates.release_key";

Error wrong(std::string_view option, std::string_view what) {
  std::string detail(option);
  detail.append(" in config.json must be ").append(what).append(".");
  return {ErrorCode::config_invalid, std::move(detail), std::string(option)};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || http::classify_address(host) == http::AddressClass::loopback;
}

}  // namespace

Result<UpdateSettings> read_update_settings(const config::Config& values) {
  UpdateSettings settings;
  settings.manifest_url = values.text(kUrl);
  if (!settings.manifest_url.empty()) {
    const auto url = parse_download_url(settings.manifest_url);
    if (!url.ok() || (!url->origin.tls && !is_loopback(url->origin.host)))
      return wrong(kUrl, "an https address, or an http address on this machine");
  }
  const auto& text = values.text(kKey);
  if (!text.empty()) {
    const auto raw = base::from_base64url(text);
    if (raw) settings.release_key = crypto::ed25519_public_key(*raw);
    if (!settings.release_key) return wrong(kKey, "an Ed25519 public key: 32 bytes in base64url");
  }
  if (!settings.manifest_url.empty() && !settings.release_key)
    return wrong(kKey, "set too: an answer of updates.manifest_url is believed for its signature");
  return settings;
}

}  // namespace b3iq::agent

#include "client/control_plane/plane_access.h"

#include <cstdlib>

#include "cli/secret_source.h"
#include "crypto/secret_token.h"
#include "protocol/ids.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

std::string given_or(const std::string& given, const char* variable) {
  if (!given.empty()) return given;
  const char* set = std::getenv(variable);
  return set == nullptr ? std::string() : std::string(set);
}

Error missing(std::string detail) { return Error(ErrorCode::config_invalid, std::move(detail)); }

Result<crypto::Secret> read_token(const AccessOptions& options) {
  const auto file = given_or(options.token_file, "B3IQ_CUSTOMER_TOKEN_FILE");
  if (!file.empty()) return cli::read_secret_input(file);
  const char* set = std::getenv("B3IQ_CUSTOMER_TOKEN");
  if (set != nullptr && *set != '\0') return crypto::Secret(std::string_view(set));
  return missing(
      "Your token is needed: --customer-token-file FILE (chmod 600), the file's name in "
      "B3IQ_CUSTOMER_TOKEN_FILE, or the token in B3IQ_CUSTOMER_TOKEN. The control plane's operator "
      "makes one for you.");
}

}  // namespace

Result<CustomerAccess> find_public_access(const AccessOptions& options) {
  CustomerAccess access;
  access.url = given_or(options.url, "B3IQ_GATEWAY_BASE_URL");
  if (access.url.empty()) {
    return missing(
        "Which control plane? Say --control-plane https://…, or set B3IQ_GATEWAY_BASE_URL.");
  }
  while (access.url.ends_with('/')) access.url.pop_back();
  TRY(access.origin, http::parse_origin(access.url));
  access.ca_file = options.ca_file;
  return access;
}

Result<CustomerAccess> find_customer_access(const AccessOptions& options) {
  TRY(auto access, find_public_access(options));
  const bool loopback = access.origin.host == "localhost" ||
                        http::classify_address(access.origin.host) == http::AddressClass::loopback;
  if (!access.origin.tls && !loopback) {
    return missing(
        "Your token would cross the network in the clear. Use the control plane's https:// "
        "address.");
  }
  access.customer_id = given_or(options.customer, "B3IQ_CUSTOMER_ID");
  if (!protocol::CustomerId::valid(access.customer_id))
    return missing("Which customer? Say --customer cus_…, or set B3IQ_CUSTOMER_ID.");
  TRY(access.token, read_token(options));
  if (!crypto::check_secret_token(crypto::kCustomerKeyPrefix, access.token.reveal_text())) {
    return missing(
        "What was given as your token is none: it begins with b3iq_customer_ and has a check at "
        "its end. Copy it again.");
  }
  return access;
}

}  // namespace b3iq::client

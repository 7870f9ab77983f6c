#include "control/admin/admin_access.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "control/limits/client_address.h"
#include "crypto/secret_token.h"
#include "http/http_text.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kScheme = "bearer ";

// The secret of `Authorization: Bearer …`; empty when there is none.
std::string_view bearer_of(const http::Request& request) {
  const auto value = request.header("authorization").value_or("");
  if (value.size() <= kScheme.size() ||
      !http::equal_ignoring_case(value.substr(0, kScheme.size()), kScheme))
    return {};
  auto secret = value.substr(kScheme.size());
  while (secret.starts_with(' ')) secret.remove_prefix(1);
  return secret;
}

std::string_view roles_from(AdminRole least) {
  switch (least) {
    case AdminRole::viewer:
      return "viewer, operator or admin";
    case AdminRole::operator_:
      return "operator or admin";
    case AdminRole::admin:
      break;
  }
  return "admin";
}

}  // namespace

AdminAccess::AdminAccess(AdminCredentialService& credentials, std::string_view operator_secret,
                         std::vector<AddressRange> trusted_proxies,
                         std::int64_t failures_per_minute, const base::Clock& clock)
    : credentials_(credentials),
      operator_hash_(crypto::hash_secret(operator_secret)),
      trusted_proxies_(std::move(trusted_proxies)),
      failures_(failures_per_minute, clock) {}

Error AdminAccess::refused(const http::Request& request, const Error& error) {
  const auto counted = failures_.take(client_address(request, trusted_proxies_));
  return counted.ok() ? error : counted.error();
}

Result<AdminTicket> AdminAccess::read_ticket(const http::Request& request) {
  const auto secret = bearer_of(request);
  if (secret.empty()) {
    return Error(ErrorCode::unauthorized,
                 "An admin credential is needed: send `Authorization: Bearer b3iq_admin_…`. The "
                 "first one is made on the machine: b3iq-control-plane admin bootstrap");
  }
  TRY_OK(failures_.check(client_address(request, trusted_proxies_)));
  // The checksum refuses junk before any look-up; it is public and guards nothing.
  if (!crypto::check_secret_token(crypto::kAdminTokenPrefix, secret)) {
    return refused(request,
                   Error(ErrorCode::unauthorized,
                         "That is no admin credential: one begins with b3iq_admin_ and was shown "
                         "once when it was made. See that it was copied whole."));
  }
  AdminTicket ticket{false, crypto::hash_secret(secret)};
  ticket.is_operator = base::equal_constant_time(ticket.secret_hash, operator_hash_);
  return ticket;
}

Task<Result<AdminCaller>> AdminAccess::admit(AdminTicket ticket, AdminRole least,
                                             const http::Request& request) {
  if (ticket.is_operator) co_return AdminCaller{std::string(kOperatorActor), AdminRole::admin};
  auto credential = co_await credentials_.authenticate(ticket.secret_hash);
  if (!credential.ok()) {
    const bool wrong = base::error_info(credential.error().code).http_status == 401;
    co_return wrong ? refused(request, credential.error()) : credential.error();
  }
  if (credential->role < least) {
    co_return Error(ErrorCode::role_denied,
                    fmt::format("This needs the role {}; the credential {} has the role {}. "
                                "Somebody with the role admin makes credentials.",
                                roles_from(least), credential->id, wire_name(credential->role)));
  }
  co_return AdminCaller{credential->id, credential->role};
}

}  // namespace b3iq::control

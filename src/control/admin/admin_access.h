// The auth levels of the admin API. A route names the least role in its type; its handler gets the
// caller. Loop thread.
//
// The level itself looks at the form of the credential only, so that junk is refused before its
// body is read. Who it is, is asked of the database when the handler runs: a revocation counts at
// once, on every replica.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "control/admin/admin_credential_service.h"
#include "control/config/address_range.h"
#include "control/errors/outward_error.h"
#include "control/limits/address_buckets.h"
#include "http/router.h"

namespace b3iq::control {

// Who calls.
struct AdminCaller {
  std::string actor;  // the credential's id, or kOperatorActor
  AdminRole role = AdminRole::viewer;
};

// What the header alone tells.
struct AdminTicket {
  bool is_operator = false;
  crypto::Sha256Digest secret_hash{};
};

class AdminAccess {
 public:
  // `operator_secret`: what the command line on this machine shows; it may do all.
  // `failures_per_minute`: requests with wrong credentials that an address may make; 0: no limit.
  AdminAccess(AdminCredentialService& credentials, std::string_view operator_secret,
              std::vector<AddressRange> trusted_proxies, std::int64_t failures_per_minute,
              const base::Clock& clock);

  // Errors: unauthorized; rate_limited.
  base::Result<AdminTicket> read_ticket(const http::Request& request);
  // Errors: unauthorized, key_expired, key_revoked, role_denied.
  base::Task<base::Result<AdminCaller>> admit(AdminTicket ticket, AdminRole least,
                                              const http::Request& request);

 private:
  base::Error refused(const http::Request& request, const base::Error& error);

  AdminCredentialService& credentials_;
  crypto::Sha256Digest operator_hash_;
  std::vector<AddressRange> trusted_proxies_;
  AddressBuckets failures_;
};

constexpr std::string_view level_name(AdminRole role) {
  switch (role) {
    case AdminRole::viewer:
      return "admin:viewer";
    case AdminRole::operator_:
      return "admin:operator";
    case AdminRole::admin:
      break;
  }
  return "admin:admin";
}

template <AdminRole least>
struct AdminLevel {
  using Principal = AdminTicket;
  static constexpr std::string_view kLevel = level_name(least);
  static constexpr AdminRole kLeast = least;
  AdminAccess& access;
  base::Result<Principal> authenticate(const http::Request& request) {
    return access.read_ticket(request);
  }
};

// The three together; they outlive the router.
struct AdminLevels {
  explicit AdminLevels(AdminAccess& access) : viewer{access}, operator_{access}, admin{access} {}
  AdminLevel<AdminRole::viewer> viewer;
  AdminLevel<AdminRole::operator_> operator_;
  AdminLevel<AdminRole::admin> admin;
};

// The only way to an admin route: its handler runs for a caller with the level's role alone.
// `handler`: Task<Result<Response>>(Request&, const AdminCaller&).
template <class Level, class F>
void add_admin_route(http::Router& router, Level& level, http::Method method,
                     std::string_view pattern, std::string_view operation_id,
                     std::size_t max_body_bytes, F handler) {
  AdminAccess& access = level.access;
  router.add(method, pattern, operation_id, level, outward_error, max_body_bytes,
             [&access, handler = std::move(handler)](
                 http::Request& request,
                 const AdminTicket& ticket) -> base::Task<base::Result<http::Response>> {
               CO_TRY(const auto caller, co_await access.admit(ticket, Level::kLeast, request));
               auto task = handler(request, caller);
               CO_TRY(auto response, co_await std::move(task));
               response.headers.push_back({"Cache-Control", "no-store"});
               co_return response;
             });
}

}  // namespace b3iq::control

// The auth level of customers: X-B3IQ-Customer-ID and X-B3IQ-Customer-Token. Loop thread.
//
// The level itself looks at the form of both only, so that junk is refused before its body is read.
// Whose they are is asked of the database when the handler runs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "control/config/address_range.h"
#include "control/customers/customer_token_service.h"
#include "control/errors/outward_error.h"
#include "control/limits/address_buckets.h"
#include "http/router.h"

namespace b3iq::control {

// Requests with a wrong token that an address may make in a minute.
inline constexpr std::int64_t kCustomerFailuresPerMinute = 20;

struct CustomerTicket {
  std::string customer_id;
  crypto::Sha256Digest token_hash{};
};

class CustomerAccess {
 public:
  CustomerAccess(CustomerTokenService& tokens, std::vector<AddressRange> trusted_proxies,
                 const base::Clock& clock)
      : tokens_(tokens),
        trusted_proxies_(std::move(trusted_proxies)),
        failures_(kCustomerFailuresPerMinute, clock) {}

  // Errors: unauthorized; rate_limited.
  base::Result<CustomerTicket> read_ticket(const http::Request& request);
  // Errors: those of CustomerTokenService::authenticate(); rate_limited.
  base::Task<base::Result<Customer>> admit(CustomerTicket ticket, const http::Request& request);

 private:
  base::Error refused(const http::Request& request, const base::Error& error);

  CustomerTokenService& tokens_;
  std::vector<AddressRange> trusted_proxies_;
  AddressBuckets failures_;
};

struct CustomerLevel {
  using Principal = CustomerTicket;
  static constexpr std::string_view kLevel = "customer";
  CustomerAccess& access;
  base::Result<Principal> authenticate(const http::Request& request) {
    return access.read_ticket(request);
  }
};

// The only way to a customer's route: its handler runs for an active customer alone. `level`
// outlives the router. `handler`: Task<Result<Response>>(Request&, const Customer&).
template <class F>
void add_customer_route(http::Router& router, CustomerLevel& level, http::Method method,
                        std::string_view pattern, std::string_view operation_id,
                        std::size_t max_body_bytes, F handler) {
  CustomerAccess& access = level.access;
  router.add(method, pattern, operation_id, level, outward_error, max_body_bytes,
             [&access, handler = std::move(handler)](
                 http::Request& request,
                 const CustomerTicket& ticket) -> base::Task<base::Result<http::Response>> {
               CO_TRY(const auto customer, co_await access.admit(ticket, request));
               auto task = handler(request, customer);
               CO_TRY(auto response, co_await std::move(task));
               response.headers.push_back({"Cache-Control", "no-store"});
               co_return response;
             });
}

}  // namespace b3iq::control

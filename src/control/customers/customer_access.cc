#include "control/customers/customer_access.h"

#include "control/limits/client_address.h"
#include "crypto/secret_token.h"
#include "protocol/ids.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

Error CustomerAccess::refused(const http::Request& request, const Error& error) {
  const auto counted = failures_.take(client_address(request, trusted_proxies_));
  return counted.ok() ? error : counted.error();
}

Result<CustomerTicket> CustomerAccess::read_ticket(const http::Request& request) {
  const auto id = request.header("x-b3iq-customer-id").value_or("");
  const auto token = request.header("x-b3iq-customer-token").value_or("");
  if (id.empty() || token.empty()) {
    return Error(ErrorCode::unauthorized,
                 "A customer's credential is needed: send the headers X-B3IQ-Customer-ID (cus_…) "
                 "and X-B3IQ-Customer-Token (b3iq_customer_…). The operator makes them.");
  }
  TRY_OK(failures_.check(client_address(request, trusted_proxies_)));
  // The checksum refuses junk before any look-up; it is public and guards nothing.
  if (!protocol::CustomerId::valid(id) ||
      !crypto::check_secret_token(crypto::kCustomerKeyPrefix, token)) {
    return refused(request,
                   Error(ErrorCode::unauthorized,
                         "That is no customer's credential: X-B3IQ-Customer-ID is cus_ and 26 "
                         "characters, X-B3IQ-Customer-Token begins with b3iq_customer_ and was "
                         "shown once when it was made. See that both were copied whole."));
  }
  return CustomerTicket{std::string(id), crypto::hash_secret(token)};
}

Task<Result<Customer>> CustomerAccess::admit(CustomerTicket ticket, const http::Request& request) {
  auto customer = co_await tokens_.authenticate(std::move(ticket.customer_id), ticket.token_hash);
  if (customer.ok()) co_return std::move(customer).value();
  const bool wrong = base::error_info(customer.error().code).http_status == 401;
  co_return wrong ? refused(request, customer.error()) : customer.error();
}

}  // namespace b3iq::control

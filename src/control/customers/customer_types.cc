#include "control/customers/customer_types.h"

#include <fmt/format.h>

#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;

std::string_view wire_name(CustomerStanding standing) {
  return standing == CustomerStanding::active ? "active" : "suspended";
}

std::optional<CustomerStanding> customer_standing_from_name(std::string_view name) {
  for (const auto standing : {CustomerStanding::active, CustomerStanding::suspended})
    if (wire_name(standing) == name) return standing;
  return std::nullopt;
}

std::string_view wire_name(CustomerTokenStatus status) {
  switch (status) {
    case CustomerTokenStatus::active:
      return "active";
    case CustomerTokenStatus::expired:
      return "expired";
    case CustomerTokenStatus::revoked:
      break;
  }
  return "revoked";
}

CustomerTokenStatus status_of(const CustomerToken& token, std::int64_t now_ms) {
  if (token.revoked_at_ms) return CustomerTokenStatus::revoked;
  return token.expires_at_ms <= now_ms ? CustomerTokenStatus::expired : CustomerTokenStatus::active;
}

Status check_customer_name(std::string_view name) {
  if (!name.empty() && protocol::is_printable(name, kMaxCustomerNameBytes)) return {};
  return Error(ErrorCode::invalid_request,
               fmt::format("A customer needs a name of 1 to {} printable characters.",
                           kMaxCustomerNameBytes),
               "name");
}

Status check_customer_token(const CustomerTokenSpec& spec) {
  if (!spec.note.empty() && !protocol::is_printable(spec.note, kMaxCustomerNameBytes)) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("A note has at most {} printable characters.", kMaxCustomerNameBytes),
                 "note");
  }
  if (spec.life_ms < kMinCustomerTokenLifeMs || spec.life_ms > kMaxCustomerTokenLifeMs) {
    return Error(ErrorCode::invalid_request,
                 "A customer's token lives for one minute to 366 days, such as 90d.", "expires");
  }
  return {};
}

Status check_reason(std::string_view reason) {
  if (reason.empty() || protocol::is_printable(reason, kMaxCustomerReasonBytes)) return {};
  return Error(
      ErrorCode::invalid_request,
      fmt::format("A reason has at most {} printable characters.", kMaxCustomerReasonBytes),
      "reason");
}

Status check_funds(std::string_view reference, std::string_view reason) {
  if (reference.empty() || !protocol::is_printable(reference, kMaxReferenceBytes)) {
    return Error(ErrorCode::invalid_request,
                 fmt::format("A reference of 1 to {} printable characters is needed, such as the "
                             "number of an invoice: the same one again changes nothing.",
                             kMaxReferenceBytes),
                 "reference");
  }
  return check_reason(reason);
}

Error no_such_customer(std::string_view id) {
  return Error(ErrorCode::not_found,
               fmt::format("There is no customer '{}'. See them all: b3iq-control-plane admin "
                           "customers list",
                           id));
}

}  // namespace b3iq::control

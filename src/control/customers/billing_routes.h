// /v1/billing/…: what a customer sees of its own account. api/customer.json.
#pragma once

#include "base/clock.h"
#include "control/customers/customer_access.h"
#include "control/ledger/ledger_reader.h"
#include "http/router.h"

namespace b3iq::control {

// All outlive the router.
struct BillingParts {
  CustomerLevel& level;
  LedgerReader& ledger;
  const base::Clock& clock;
};

void add_billing_routes(http::Router& router, const BillingParts& parts);

}  // namespace b3iq::control

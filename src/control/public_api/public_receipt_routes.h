// GET /v1/receipts/{receipt_hash} and the receipt log under /v1/log: no credential, limited by
// address. As public_routes.h: what is written are public views and the log's own public texts.
#pragma once

#include <vector>

#include "control/config/address_range.h"
#include "control/limits/address_buckets.h"
#include "control/public_api/public_answer.h"
#include "control/public_api/public_receipts.h"
#include "http/router.h"

namespace b3iq::control {

// All outlive the router.
struct PublicReceiptParts {
  http::Public& level;
  PublicReceipts& receipts;
  AddressBuckets& limits;
  const std::vector<AddressRange>& trusted_proxies;
};
void add_public_receipt_routes(http::Router& router, const PublicReceiptParts& parts);

}  // namespace b3iq::control

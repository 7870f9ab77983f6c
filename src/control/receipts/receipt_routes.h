// POST /v1/nodes/{node_id}/receipts.
#pragma once

#include "control/auth/signed_route.h"
#include "control/receipts/receipt_intake.h"
#include "http/router.h"

namespace b3iq::control {

using ReceiptLevel = NodeLevel<protocol::SignatureTag::receipts>;

// All outlive the router.
void add_receipt_routes(http::Router& router, ReceiptLevel& level, ReceiptIntake& intake);

}  // namespace b3iq::control

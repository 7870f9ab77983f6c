// What anybody may see of receipts that a control plane accepted. Like public_view.h: each type is
// made field by field by a named function, and nothing else has a writer.
//
// Never here: prompts, outputs, salts, secrets or their hashes, customers, prices, addresses,
// paths. public_view_test.cc lists every member name that may be written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "json/json.h"
#include "protocol/messages/receipt_batch.h"
#include "protocol/receipt.h"

namespace b3iq::protocol {

struct AcceptedReceiptFacts {
  SignedReceipt receipt;
  ReceiptStatus status = ReceiptStatus::evidence_only;
  std::int64_t received_at_ms = 0;
};

// GET /v1/receipts/{receipt_hash}.
struct PublicAcceptedReceipt {
  std::string receipt_hash;
  std::string node_id;
  std::string job_id;
  std::string_view node_class;  // "unknown": nodes have no classes yet
  std::string model_id;
  std::string signature_ed25519;  // base64url
  std::string_view status;
  std::string received_at;
  std::string batch_id;        // of payouts; "" while it is in none
  std::string signed_receipt;  // canonical JSON: all that the node signed, so it can be checked
};
PublicAcceptedReceipt public_accepted_receipt(const AcceptedReceiptFacts& facts);
void write_json(json::Writer& writer, const PublicAcceptedReceipt& receipt);

}  // namespace b3iq::protocol

// A receipt in any of the forms that a customer has it in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/evidence/job_evidence.h"

namespace b3iq::client {

struct ReceiptInput {
  std::string receipt;  // signed, JSON
  std::optional<protocol::ReceiptSalt> salt;
  std::optional<crypto::Sha256Digest> request_hash;
  std::optional<crypto::Sha256Digest> response_hash;
  std::optional<protocol::SignedTransportKeyBinding> binding;
};

// Of evidence (job_evidence.h), of an opened answer (`private open --json`), of an answer of GET
// /v1/receipts/{hash}, or of the signed receipt itself. Errors: invalid_json, invalid_request.
base::Result<ReceiptInput> read_receipt_input(std::string_view text);

}  // namespace b3iq::client

// What proves one answered job: the receipt, which key signed it, and what it commits to. It holds
// neither prompt nor answer, but with the salt in it a guess of both can be tried: mode 0600.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/sha256.h"
#include "protocol/private/private_answer.h"
#include "protocol/receipt.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::client {

inline constexpr std::string_view kEvidenceType = "b3iq-private-evidence-v1";
inline constexpr std::size_t kMaxEvidenceBytes = 16 * 1024;

struct JobEvidence {
  protocol::ClientJobId job_id;
  std::string model_id;
  std::string receipt;  // signed, JSON
  protocol::ReceiptSalt salt{};
  crypto::Sha256Digest request_hash{};   // of the body that was sealed
  crypto::Sha256Digest response_hash{};  // of the response, or of the error, as it was sealed
  protocol::SignedTransportKeyBinding binding;  // that the request was sealed to
};

std::string encode_evidence(const JobEvidence& evidence);
// Strict. Errors: invalid_json, invalid_request.
base::Result<JobEvidence> decode_evidence(std::string_view text);

struct CheckedReceipt {
  std::string hash;  // 0x…
  protocol::Receipt receipt;
};
// Whether the node that `binding` belongs to has signed this receipt, and the binding was its own
// while the work was done. Errors: receipt_rejected saying what does not fit.
base::Result<CheckedReceipt> check_signed_receipt(
    std::string_view receipt, const protocol::SignedTransportKeyBinding& binding);
// Whether the receipt is about exactly this request and this response. Error: receipt_rejected.
base::Status check_content(const protocol::Receipt& receipt, const protocol::ReceiptSalt& salt,
                           const crypto::Sha256Digest& request,
                           const crypto::Sha256Digest& response);
// Both, and that it is a private job's.
base::Result<CheckedReceipt> check_evidence(const JobEvidence& evidence);

}  // namespace b3iq::client

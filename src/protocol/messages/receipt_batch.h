// A node brings receipts to its control plane: POST receipts_path(), signed with
// SignatureTag::receipts, many at once, each with an outcome of its own
// (docs/protocol/receipts.md). A repeat is answered as the first time, with already_there. Pure;
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "protocol/receipt.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxReceiptsInBatch = 100;
inline constexpr std::size_t kMaxReceiptBatchBytes = kMaxReceiptsInBatch * (kMaxReceiptBytes + 256);
inline constexpr std::size_t kMaxReceiptBatchAnswerBytes = 256 * 1024;
inline constexpr std::size_t kMaxReceiptRefusalBytes = 512;  // of a detail

// One receipt as it leaves the node.
struct OutgoingReceipt {
  std::string receipt_hash;    // 0x…
  std::string signed_receipt;  // JSON
};
std::string encode_receipt_batch(std::span<const OutgoingReceipt> receipts);

struct SubmittedReceipt {
  crypto::Sha256Digest claimed_hash{};
  base::Result<SignedReceipt> receipt;  // why it is none stands in its error
};
// Errors: invalid_request, invalid_json, payload_too_large, of the batch itself; a receipt that is
// none does not spoil the others.
base::Result<std::vector<SubmittedReceipt>> decode_receipt_batch(std::string_view body);

// What a receipt is at the control plane.
enum class ReceiptStatus : std::uint8_t {
  evidence_only,  // no job of this control plane stands behind it: it says what the node says
  accepted,       // it is that of a job of this control plane
};
inline constexpr std::size_t kReceiptStatuses = 2;
std::string_view wire_name(ReceiptStatus status);
std::optional<ReceiptStatus> receipt_status_from_name(std::string_view name);

enum class ReceiptOutcome : std::uint8_t { accepted, already_there, refused };
std::string_view wire_name(ReceiptOutcome outcome);

struct ReceiptAnswer {
  crypto::Sha256Digest receipt_hash{};  // as it was claimed
  ReceiptOutcome outcome = ReceiptOutcome::refused;
  ReceiptStatus status = ReceiptStatus::evidence_only;  // unless refused
  std::int64_t log_index = 0;                           // unless refused
  // Of a refusal: receipt_hash_mismatch, invalid_signature, receipt_rejected.
  base::ErrorCode code = base::ErrorCode::receipt_rejected;
  std::string detail;
};
struct ReceiptBatchAnswer {
  std::int64_t server_time_ms = 0;
  std::vector<ReceiptAnswer> receipts;  // in the order of the batch
};
std::string encode_receipt_batch_answer(const ReceiptBatchAnswer& answer);
base::Result<ReceiptBatchAnswer> decode_receipt_batch_answer(std::string_view body);

}  // namespace b3iq::protocol

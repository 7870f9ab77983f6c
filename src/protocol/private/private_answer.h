// What stands inside a sealed answer, b3iq-private-transport-v1:
//
//   plaintext = JSON object of "job_id", "node_id", "status" ("completed" | "failed" |
//               "cancelled"), "response" (of a completed job) or "error" (of the others), each an
//               object, "receipt" (b3iq-receipt-v1, signed) and "receipt_salt" (32 bytes in
//               base64url); then spaces as in a request
//
// A completed job has a receipt and its salt; the others have both or neither (a call that failed
// before its first token has none).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/ids.h"
#include "protocol/private/body_check.h"
#include "protocol/receipt.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxPrivateAnswerBytes = 4 * 1024 * 1024;  // with its padding

enum class AnswerStatus : std::uint8_t { completed, failed, cancelled };
std::string_view wire_name(AnswerStatus status);

using ReceiptSalt = std::array<std::uint8_t, 32>;

struct AnswerReceipt {
  std::string_view document;  // the signed receipt's JSON text
  ReceiptSalt salt{};
};

struct PrivateAnswer {
  ClientJobId job_id;
  NodeId node_id;
  AnswerStatus status = AnswerStatus::completed;
  // The text of one JSON object: the response of a completed job, the error of another.
  std::string_view body;
  std::optional<AnswerReceipt> receipt;
};

// The padded plaintext with `tail_bytes` zeros behind it. Errors: invalid_json, invalid_request,
// payload_too_large.
base::Result<base::Bytes> encode_private_answer(const PrivateAnswer& answer, std::size_t tail_bytes,
                                                BodyCheck check = BodyCheck::parse);

// Strict; the receipt decodes (decode_receipt), which says nothing about its signature. `body` and
// `receipt->document` are parts of `plaintext`. Errors: invalid_request naming the member;
// invalid_json. They are for the side that made the plaintext.
base::Result<PrivateAnswer> decode_private_answer(std::string_view plaintext);

}  // namespace b3iq::protocol

#include "control/receipts/receipt_check.h"

#include <algorithm>

#include "protocol/member_reader.h"
#include "protocol/messages/reported_model.h"
#include "protocol/public_model_name.h"

namespace b3iq::control {

using base::ErrorCode;
using protocol::Receipt;

namespace {

constexpr std::size_t kMaxPolicyVersionBytes = 32;

ReceiptRefusal rejected(std::string detail) {
  return {ErrorCode::receipt_rejected, std::move(detail)};
}

// The detail may hold names that came with the receipt.
std::string told(const std::string& detail) {
  if (protocol::is_printable(detail, protocol::kMaxReceiptRefusalBytes)) return detail;
  return "It is no well-formed b3iq-receipt-v1.";
}

bool is_policy_version(std::string_view text) {
  return text.size() <= kMaxPolicyVersionBytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_';
         });
}

// A receipt is shown as it was signed, so nothing in it may be for few.
std::optional<ReceiptRefusal> not_for_everybody(const Receipt& receipt) {
  if (!protocol::is_public_model_name(receipt.model_id) ||
      !protocol::is_public_model_name(receipt.model_profile_id)) {
    return rejected(
        "Receipts are public, and the name of its model could tell an address or a path; it stays "
        "on the node.");
  }
  if (!protocol::valid_runtime_kind(receipt.runtime_kind))
    return rejected("Its runtime_kind is not one that receipts may name.");
  if (receipt.policy_version && !is_policy_version(*receipt.policy_version))
    return rejected("Its policy_version is not the name of one.");
  return std::nullopt;
}

std::optional<ReceiptRefusal> out_of_bounds(const Receipt& receipt, std::int64_t now_ms) {
  if (receipt.usage.prompt_tokens > kMaxCountedTokens ||
      receipt.usage.completion_tokens > kMaxCountedTokens)
    return rejected("Its usage is above what one call can be.");
  if (receipt.completed_at_ms - receipt.started_at_ms > kMaxWorkMs)
    return rejected("It says that the call took longer than seven days.");
  if (receipt.completed_at_ms > now_ms + kMaxReceiptAheadMs)
    return rejected("It was completed in the future; set the node's clock.");
  return std::nullopt;
}

}  // namespace

std::optional<ReceiptRefusal> refusal_of_receipt(const protocol::SubmittedReceipt& submitted,
                                                 const ReceiptSender& sender, std::int64_t now_ms) {
  if (!submitted.receipt.ok()) return rejected(told(submitted.receipt.error().detail));
  const Receipt& receipt = submitted.receipt->receipt;
  const auto encoded = protocol::encode_receipt(receipt);
  if (encoded.hash != submitted.claimed_hash) {
    return ReceiptRefusal{ErrorCode::receipt_hash_mismatch,
                          "receipt_hash is not that of the receipt beside it, which is " +
                              protocol::receipt_hash_text(encoded.hash) + "."};
  }
  if (receipt.node_id != sender.node_id)
    return rejected("It is the receipt of another node; each node brings its own.");
  const auto verified = protocol::verify_receipt(*submitted.receipt, sender.key);
  if (!verified.ok()) return ReceiptRefusal{ErrorCode::invalid_signature, verified.error().detail};
  if (auto refusal = out_of_bounds(receipt, now_ms)) return refusal;
  return not_for_everybody(receipt);
}

}  // namespace b3iq::control

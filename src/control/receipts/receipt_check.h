// What can be said of a submitted receipt without looking anything up. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "crypto/ed25519.h"
#include "protocol/messages/receipt_batch.h"

namespace b3iq::control {

// No model has so long a context, and no answer takes so long.
inline constexpr std::int64_t kMaxCountedTokens = 100'000'000;
inline constexpr std::int64_t kMaxWorkMs = 7 * std::int64_t{24} * 3'600'000;
// How far a node's clock may be ahead.
inline constexpr std::int64_t kMaxReceiptAheadMs = 300'000;

struct ReceiptRefusal {
  base::ErrorCode code = base::ErrorCode::receipt_rejected;
  std::string detail;  // printable, at most kMaxReceiptRefusalBytes
};

// Whose batch it stands in.
struct ReceiptSender {
  const protocol::NodeId& node_id;
  const crypto::Ed25519PublicKey& key;
};

// nullopt: it is the sender's own, whole, signed, within bounds, and can be shown to anybody.
std::optional<ReceiptRefusal> refusal_of_receipt(const protocol::SubmittedReceipt& submitted,
                                                 const ReceiptSender& sender, std::int64_t now_ms);

}  // namespace b3iq::control

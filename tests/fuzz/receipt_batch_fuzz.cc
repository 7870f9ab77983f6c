// A batch of receipts as a node brings it, and the answer as a node reads it.
#include "protocol/messages/receipt_batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "control/receipts/receipt_check.h"

int fuzz_receipt_batch(const std::uint8_t* data, std::size_t size) {
  namespace protocol = b3iq::protocol;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto node = protocol::NodeIdentity(
      b3iq::crypto::Ed25519SecretKey::from_seed(std::array<std::uint8_t, 32>{7}));
  if (const auto batch = protocol::decode_receipt_batch(text); batch.ok()) {
    B3_CHECK(!batch->empty() && batch->size() <= protocol::kMaxReceiptsInBatch);
    const b3iq::control::ReceiptSender sender{node.node_id(), node.public_key()};
    std::vector<protocol::OutgoingReceipt> taken;
    for (const auto& one : *batch) {
      const auto refusal = b3iq::control::refusal_of_receipt(one, sender, 1'795'253'400'123);
      if (refusal) {
        B3_CHECK(!refusal->detail.empty());
        continue;
      }
      const auto encoded = protocol::encode_receipt(one.receipt->receipt);
      taken.push_back({protocol::receipt_hash_text(encoded.hash),
                       protocol::with_signature(encoded.document, one.receipt->signature)});
    }
    if (!taken.empty()) {
      const auto again = protocol::decode_receipt_batch(protocol::encode_receipt_batch(taken));
      B3_CHECK(again.ok() && again->size() == taken.size());
    }
  }
  if (const auto answer = protocol::decode_receipt_batch_answer(text); answer.ok()) {
    const auto written = protocol::encode_receipt_batch_answer(*answer);
    const auto again = protocol::decode_receipt_batch_answer(written);
    B3_CHECK(again.ok() && protocol::encode_receipt_batch_answer(*again) == written);
  }
  return 0;
}

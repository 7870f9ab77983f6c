#include "protocol/public_receipt_view.h"

#include "base/bytes.h"
#include "base/clock.h"

namespace b3iq::protocol {

PublicAcceptedReceipt public_accepted_receipt(const AcceptedReceiptFacts& facts) {
  const Receipt& receipt = facts.receipt.receipt;
  const EncodedReceipt encoded = encode_receipt(receipt);
  PublicAcceptedReceipt view;
  view.receipt_hash = receipt_hash_text(encoded.hash);
  view.node_id = receipt.node_id.text();
  view.job_id = receipt.job_id.text();
  view.node_class = "unknown";
  view.model_id = receipt.model_id;
  view.signature_ed25519 = base::to_base64url(facts.receipt.signature.bytes);
  view.status = wire_name(facts.status);
  view.received_at = base::format_rfc3339(facts.received_at_ms);
  view.signed_receipt = with_signature(encoded.document, facts.receipt.signature);
  return view;
}

void write_json(json::Writer& w, const PublicAcceptedReceipt& receipt) {
  w.begin_object();
  w.member("receipt_hash", receipt.receipt_hash);
  w.member("node_id", receipt.node_id);
  w.member("job_id", receipt.job_id);
  w.member("node_class", receipt.node_class);
  w.member("model_id", receipt.model_id);
  w.member("signature_ed25519", receipt.signature_ed25519);
  w.member("status", receipt.status);
  w.member("received_at", receipt.received_at);
  w.member("batch_id", receipt.batch_id);
  w.key("receipt");
  w.raw(receipt.signed_receipt);
  w.end_object();
}

}  // namespace b3iq::protocol

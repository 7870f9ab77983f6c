#include "protocol/public_view.h"

#include "base/bytes.h"
#include "protocol/identity.h"
#include "protocol/receipt.h"

namespace b3iq::protocol {

PublicReceipt public_receipt(const SignedReceipt& receipt) {
  const EncodedReceipt encoded = encode_receipt(receipt.receipt);
  PublicReceipt view;
  view.receipt_hash = receipt_hash_text(encoded.hash);
  view.signed_receipt = with_signature(encoded.document, receipt.signature);
  return view;
}

void write_json(json::Writer& writer, const PublicReceipt& receipt) {
  writer.begin_object();
  writer.member("receipt_hash", receipt.receipt_hash);
  writer.key("receipt");
  writer.raw(receipt.signed_receipt);
  writer.end_object();
}

PublicNode public_node(const NodeIdentity& identity) {
  PublicNode view;
  view.node_id = identity.node_id().text();
  view.public_key_ed25519 = base::to_base64url(identity.public_key().bytes);
  return view;
}

void write_json(json::Writer& writer, const PublicNode& node) {
  writer.begin_object();
  writer.member("node_id", node.node_id);
  writer.member("public_key_ed25519", node.public_key_ed25519);
  writer.end_object();
}

}  // namespace b3iq::protocol

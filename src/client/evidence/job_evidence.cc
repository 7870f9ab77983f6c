#include "client/evidence/job_evidence.h"

#include <fmt/format.h>

#include "json/json.h"
#include "json/member_text.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/private/private_request.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

Error rejected(std::string detail) { return Error(ErrorCode::receipt_rejected, std::move(detail)); }

}  // namespace

std::string encode_evidence(const JobEvidence& evidence) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kEvidenceType);
  w.member("job_id", evidence.job_id.text());
  w.member("model_id", evidence.model_id);
  protocol::write_bytes(w, "request_sha256", evidence.request_hash);
  protocol::write_bytes(w, "response_sha256", evidence.response_hash);
  protocol::write_bytes(w, "receipt_salt", evidence.salt);
  w.key("receipt");
  w.raw(evidence.receipt);
  w.key("binding");
  w.raw(protocol::encode_transport_key_binding(evidence.binding));
  w.end_object();
  return text.append("\n");
}

Result<JobEvidence> decode_evidence(std::string_view text) {
  TRY(const auto document, json::Document::parse(text, {.max_bytes = kMaxEvidenceBytes}));
  TRY(auto in, protocol::MemberReader::open(document.root(), "Evidence of a job"));
  TRY(const auto type, in.text("type"));
  if (type != kEvidenceType) return in.refused("type", "is not b3iq-private-evidence-v1");
  JobEvidence evidence;
  TRY(evidence.job_id, in.id<protocol::ClientJobId>("job_id"));
  TRY(evidence.model_id, in.printable("model_id", protocol::kMaxPrivateModelBytes));
  TRY(evidence.request_hash, in.bytes<32>("request_sha256"));
  TRY(evidence.response_hash, in.bytes<32>("response_sha256"));
  TRY(evidence.salt, in.bytes<32>("receipt_salt"));
  TRY_OK(in.object("receipt"));
  evidence.receipt = json::member_text(text, "receipt").value_or("");
  TRY(const auto binding, in.object("binding"));
  TRY(evidence.binding, protocol::decode_transport_key_binding(binding));
  TRY_OK(in.done());
  return evidence;
}

Result<CheckedReceipt> check_signed_receipt(std::string_view receipt,
                                            const protocol::SignedTransportKeyBinding& binding) {
  TRY(const auto document, json::Document::parse(receipt));
  TRY(auto read, protocol::decode_receipt(document.root()));
  if (read.receipt.node_id != binding.binding.node_id) {
    return rejected(fmt::format("The receipt is {}'s, and not of the node that was asked, {}.",
                                read.receipt.node_id.text(), binding.binding.node_id.text()));
  }
  const auto bound = protocol::verify_transport_key_binding(binding, read.receipt.node_id,
                                                            read.receipt.completed_at_ms);
  if (!bound.ok()) {
    return rejected("The node's key binding does not fit the receipt: " + bound.error().detail);
  }
  const auto verified = protocol::verify_receipt(read, binding.binding.public_key_ed25519);
  if (!verified.ok()) return rejected("The receipt's signature is not the node's.");
  const auto hash = protocol::receipt_hash_of(protocol::encode_receipt(read.receipt).document);
  return CheckedReceipt{protocol::receipt_hash_text(hash), std::move(read.receipt)};
}

Status check_content(const protocol::Receipt& receipt, const protocol::ReceiptSalt& salt,
                     const crypto::Sha256Digest& request, const crypto::Sha256Digest& response) {
  if (protocol::content_commitment(salt, request, response) == receipt.content_commitment)
    return {};
  return rejected(
      "The receipt is not about this request and this response: its commitment is another.");
}

Result<CheckedReceipt> check_evidence(const JobEvidence& evidence) {
  TRY(auto checked, check_signed_receipt(evidence.receipt, evidence.binding));
  if (checked.receipt.dispatch_mode != protocol::DispatchMode::private_job ||
      checked.receipt.privacy_class == protocol::PrivacyClass::none)
    return rejected("The receipt is not that of a private job.");
  TRY_OK(
      check_content(checked.receipt, evidence.salt, evidence.request_hash, evidence.response_hash));
  return checked;
}

}  // namespace b3iq::client

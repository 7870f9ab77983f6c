#include "client/evidence/receipt_input.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "json/json.h"
#include "json/member_text.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

ReceiptInput of_evidence(JobEvidence evidence) {
  ReceiptInput input;
  input.receipt = std::move(evidence.receipt);
  input.salt = evidence.salt;
  input.request_hash = evidence.request_hash;
  input.response_hash = evidence.response_hash;
  input.binding = evidence.binding;
  return input;
}

}  // namespace

Result<ReceiptInput> read_receipt_input(std::string_view given) {
  const auto text = base::trimmed(given);
  TRY(const auto document, json::Document::parse(text));
  const auto root = document.root();
  const auto type = root.find("type").string().value_or("");
  if (type == kEvidenceType) {
    TRY(auto evidence, decode_evidence(text));
    return of_evidence(std::move(evidence));
  }
  ReceiptInput input;
  if (type == protocol::kReceiptType) {
    input.receipt = text;
    return input;
  }
  if (!root.find("receipt").is_object()) {
    return Error(ErrorCode::invalid_request,
                 "There is no receipt in this: it is evidence, an opened answer (--json), or a "
                 "signed receipt.",
                 "receipt");
  }
  input.receipt = json::member_text(text, "receipt").value_or("");
  if (const auto salt = root.find("receipt_salt").string()) {
    const auto bytes = base::from_base64url(*salt);
    protocol::ReceiptSalt read;
    if (!bytes || bytes->size() != read.size())
      return Error(ErrorCode::invalid_request, "receipt_salt must be 32 bytes in base64url.",
                   "receipt_salt");
    std::ranges::copy(*bytes, read.begin());
    input.salt = read;
  }
  auto response = json::member_text(text, "response");
  if (!response) response = json::member_text(text, "error");
  if (response) input.response_hash = crypto::sha256(*response);
  return input;
}

}  // namespace b3iq::client

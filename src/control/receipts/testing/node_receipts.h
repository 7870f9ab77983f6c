// Tests only: receipts as nodes make them, and requests that bring them.
#pragma once

#include <string>
#include <vector>

#include "control/testing/control_fixture.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/receipt_batch.h"

namespace b3iq::control {

// What a node's call may have been; the job is a new one each time.
inline protocol::Receipt example_receipt(const TestNode& node, std::int64_t completed_at_ms) {
  protocol::Receipt receipt;
  receipt.node_id = node.id();
  receipt.job_id = protocol::JobId::make(completed_at_ms, base::system_random());
  receipt.model_id = receipt.model_profile_id = "llama3.1:8b";
  receipt.runtime_kind = "embedded";
  receipt.usage = {12, 34};
  receipt.started_at_ms = completed_at_ms - 900;
  receipt.completed_at_ms = completed_at_ms;
  base::system_random().fill(receipt.content_commitment);
  return receipt;
}

inline protocol::OutgoingReceipt signed_by(const TestNode& node, const protocol::Receipt& receipt) {
  const auto encoded = protocol::encode_receipt(receipt);
  return {protocol::receipt_hash_text(encoded.hash),
          protocol::sign_encoded_receipt(encoded.document, node.identity)};
}

inline TestRequest receipts_request(TestNode& node, const protocol::ControlPlaneId& audience,
                                    const std::vector<protocol::OutgoingReceipt>& receipts,
                                    std::int64_t sequence = 0) {
  return node.sign(protocol::SignatureTag::receipts, http::Method::post,
                   protocol::receipts_path(node.id()), protocol::encode_receipt_batch(receipts),
                   audience, sequence);
}

}  // namespace b3iq::control

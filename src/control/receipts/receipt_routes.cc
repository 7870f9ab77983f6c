#include "control/receipts/receipt_routes.h"

namespace b3iq::control {

using base::Result;
using base::Task;

void add_receipt_routes(http::Router& router, ReceiptLevel& level, ReceiptIntake& intake) {
  auto submit = [&intake](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(auto receipts, protocol::decode_receipt_batch(call.request.body));
    CO_TRY(const auto answer,
           co_await intake.take(call.verified, call.key, std::move(receipts), call.facts));
    co_return protocol::encode_receipt_batch_answer(answer);
  };
  add_signed(router, http::Method::post, "/v1/nodes/{node_id}/receipts", "submitReceipts", level,
             protocol::kMaxReceiptBatchBytes, submit);
}

}  // namespace b3iq::control

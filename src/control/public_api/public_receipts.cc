#include "control/public_api/public_receipts.h"

#include "control/receipts/receipt_log_publisher.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

Result<crypto::Sha256Digest> hash_of(std::string_view text) {
  const auto hash = protocol::parse_receipt_hash(text);
  if (hash) return *hash;
  return Error(ErrorCode::invalid_request,
               "A receipt hash is 0x and 64 lower-case hexadecimal digits.", "receipt_hash");
}

}  // namespace

Task<Result<protocol::AcceptedReceiptFacts>> PublicReceipts::receipt(std::string_view hash) {
  CO_TRY(const auto digest, hash_of(hash));
  CO_TRY(const auto kept, co_await log_.receipt(digest));
  CO_TRY(const auto document, json::Document::parse(kept.document));
  protocol::AcceptedReceiptFacts facts;
  CO_TRY(facts.receipt, protocol::decode_receipt(document.root()));
  facts.status = protocol::receipt_status_from_name(kept.status)
                     .value_or(protocol::ReceiptStatus::evidence_only);
  facts.received_at_ms = kept.received_at_ms;
  co_return facts;
}

Task<Result<std::string>> PublicReceipts::proof(std::string_view hash) {
  CO_TRY(const auto digest, hash_of(hash));
  co_return co_await log_.proof(digest);
}

Task<Result<std::string>> PublicReceipts::checkpoint() {
  CO_TRY(const auto published, co_await log_.checkpoint());
  co_return published->note;
}

Task<Result<std::string>> PublicReceipts::tile(std::string_view rest) {
  const auto path = protocol::parse_tile_path("tile/" + std::string(rest));
  if (!path) {
    co_return Error(ErrorCode::not_found,
                    "This is no tile of a log: /v1/log/tile/LEVEL/NUMBER[.p/WIDTH] or "
                    "/v1/log/tile/entries/NUMBER[.p/WIDTH] (c2sp.org/tlog-tiles).");
  }
  co_return co_await log_.tile(*path);
}

}  // namespace b3iq::control

#include "protocol/messages/receipt_batch.h"

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::array<std::string_view, kReceiptStatuses> kStatusNames = {"evidence_only",
                                                                         "accepted"};
constexpr std::array<std::string_view, 3> kOutcomeNames = {"accepted", "already_there", "refused"};
constexpr json::Limits kBatchLimits{.max_bytes = kMaxReceiptBatchBytes, .max_depth = 6};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxReceiptBatchAnswerBytes, .max_depth = 16};
constexpr std::string_view kHashForm = "must be 0x and 64 lower-case hexadecimal digits";

base::Result<crypto::Sha256Digest> read_hash(MemberReader& in) {
  TRY(const auto text, in.text("receipt_hash"));
  const auto hash = parse_receipt_hash(text);
  if (!hash) return in.refused("receipt_hash", kHashForm);
  return *hash;
}

base::Result<SubmittedReceipt> read_submitted(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A receipt of a batch"));
  TRY(const auto hash, read_hash(in));
  TRY(const auto receipt, in.object("receipt"));
  TRY_OK(in.done());
  return SubmittedReceipt{hash, decode_receipt(receipt)};
}

void write_answer(json::Writer& w, const ReceiptAnswer& answer) {
  const bool refused = answer.outcome == ReceiptOutcome::refused;
  w.begin_object();
  w.member("receipt_hash", receipt_hash_text(answer.receipt_hash));
  w.member("outcome", wire_name(answer.outcome));
  if (refused) {
    w.member("code", base::error_info(answer.code).wire_name);
    w.member("detail", answer.detail);
  } else {
    w.member("status", wire_name(answer.status));
    write_integer(w, "log_index", answer.log_index);
  }
  w.end_object();
}

base::Result<ReceiptAnswer> read_answer(json::Value value) {
  TRY(auto in, MemberReader::open(value, "The answer to a receipt"));
  ReceiptAnswer answer;
  TRY(answer.receipt_hash, read_hash(in));
  TRY(answer.outcome, in.choice<ReceiptOutcome>("outcome", kOutcomeNames));
  if (answer.outcome == ReceiptOutcome::refused) {
    TRY(const auto code, in.text("code"));
    answer.code = base::error_code_from_wire(code).value_or(base::ErrorCode::receipt_rejected);
    TRY(answer.detail, in.printable("detail", kMaxReceiptRefusalBytes));
  } else {
    TRY(answer.status, in.choice<ReceiptStatus>("status", kStatusNames));
    TRY(answer.log_index, in.integer("log_index", 0, kLargestWireInteger));
  }
  return answer;
}

}  // namespace

std::string_view wire_name(ReceiptStatus status) { return name_of_value(kStatusNames, status); }
std::optional<ReceiptStatus> receipt_status_from_name(std::string_view name) {
  return value_of_name<ReceiptStatus>(kStatusNames, name);
}
std::string_view wire_name(ReceiptOutcome outcome) { return name_of_value(kOutcomeNames, outcome); }

std::string encode_receipt_batch(std::span<const OutgoingReceipt> receipts) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.key("receipts");
  w.begin_array();
  for (const OutgoingReceipt& receipt : receipts) {
    w.begin_object();
    w.member("receipt_hash", receipt.receipt_hash);
    w.key("receipt");
    w.raw(receipt.signed_receipt);
    w.end_object();
  }
  w.end_array();
  w.end_object();
  return out;
}

base::Result<std::vector<SubmittedReceipt>> decode_receipt_batch(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kBatchLimits));
  TRY(auto in, MemberReader::open(document.root(), "A batch of receipts"));
  TRY(const auto list, in.list("receipts", kMaxReceiptsInBatch));
  TRY_OK(in.done());
  if (list.size() == 0) return in.refused("receipts", "must have at least one receipt");
  std::vector<SubmittedReceipt> receipts;
  receipts.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto receipt, read_submitted(list.at(i)));
    receipts.push_back(std::move(receipt));
  }
  return receipts;
}

std::string encode_receipt_batch_answer(const ReceiptBatchAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_time(w, "server_time", answer.server_time_ms);
  w.key("receipts");
  w.begin_array();
  for (const ReceiptAnswer& one : answer.receipts) write_answer(w, one);
  w.end_array();
  w.end_object();
  return out;
}

base::Result<ReceiptBatchAnswer> decode_receipt_batch_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to a batch of receipts"));
  ReceiptBatchAnswer answer;
  TRY(answer.server_time_ms, in.time("server_time"));
  TRY(const auto list, in.list("receipts", kMaxReceiptsInBatch));
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto one, read_answer(list.at(i)));
    answer.receipts.push_back(std::move(one));
  }
  return answer;
}

}  // namespace b3iq::protocol

#include "protocol/private/private_answer.h"

#include <string>

#include "json/json.h"
#include "json/member_text.h"
#include "protocol/member_reader.h"
#include "protocol/private/padded_text.h"
#include "protocol/wire_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "A private answer";
constexpr std::array<std::string_view, 3> kStatusNames = {"completed", "failed", "cancelled"};

std::string_view body_name(AnswerStatus status) {
  return status == AnswerStatus::completed ? "response" : "error";
}

base::Error refused(std::string_view name, std::string_view what) {
  return base::Error(base::ErrorCode::invalid_request,
                     "A private answer's " + std::string(name) + " " + std::string(what) + ".",
                     std::string(name));
}

// Everything in front of the response or error.
std::string head_of(const PrivateAnswer& answer) {
  std::string head = "{\"job_id\":\"";
  head.append(answer.job_id.text()).append("\",\"node_id\":\"").append(answer.node_id.text());
  head.append("\",\"status\":\"").append(wire_name(answer.status)).append("\",\"");
  return head.append(body_name(answer.status)).append("\":");
}

// And everything behind it.
std::string tail_of(const std::optional<AnswerReceipt>& receipt) {
  if (!receipt) return "}";
  std::string tail = ",\"receipt\":";
  tail.append(receipt->document).append(",\"receipt_salt\":\"");
  return tail.append(base::to_base64url(receipt->salt)).append("\"}");
}

}  // namespace

std::string_view wire_name(AnswerStatus status) { return name_of_value(kStatusNames, status); }

base::Result<base::Bytes> encode_private_answer(const PrivateAnswer& answer, std::size_t tail_bytes,
                                                BodyCheck check) {
  if (answer.job_id.empty()) return refused("job_id", "is missing");
  if (answer.node_id.empty()) return refused("node_id", "is missing");
  if (answer.status == AnswerStatus::completed && !answer.receipt)
    return refused("receipt", "is missing");
  if (check == BodyCheck::parse) {
    TRY_OK(check_object_text(answer.body, kMaxPrivateAnswerBytes, "An answer to be sealed"));
  }
  if (answer.receipt) {
    TRY_OK(check_object_text(answer.receipt->document, kMaxReceiptBytes, "An answer's receipt"));
  }
  return padded_text({head_of(answer), answer.body, tail_of(answer.receipt)}, tail_bytes,
                     kMaxPrivateAnswerBytes, "An answer");
}

base::Result<PrivateAnswer> decode_private_answer(std::string_view plaintext) {
  TRY(const auto text, unpadded_text(plaintext, kMaxPrivateAnswerBytes));
  TRY(const auto document, parse_object(text));
  TRY(auto in, MemberReader::open(document.root(), kWhat));
  PrivateAnswer answer;
  TRY(answer.job_id, in.id<ClientJobId>("job_id"));
  TRY(answer.node_id, in.id<NodeId>("node_id"));
  TRY(answer.status, in.choice<AnswerStatus>("status", kStatusNames));
  TRY_OK(in.object(body_name(answer.status)));
  const std::string_view names[] = {body_name(answer.status), "receipt"};
  std::optional<std::string_view> texts[2];
  json::member_texts(text, names, texts);
  if (!texts[0]) return refused(names[0], "is missing");
  answer.body = *texts[0];
  if (answer.status == AnswerStatus::completed || in.has("receipt")) {
    AnswerReceipt receipt;
    TRY(const auto value, in.object("receipt"));
    TRY(const auto decoded, decode_receipt(value));
    if (decoded.receipt.node_id != answer.node_id) return refused("receipt", "is another node's");
    if (!texts[1]) return refused("receipt", "is missing");
    receipt.document = *texts[1];
    TRY(receipt.salt, in.bytes<32>("receipt_salt"));
    answer.receipt = receipt;
  }
  TRY_OK(in.done());
  return answer;
}

}  // namespace b3iq::protocol

#include "protocol/member_reader.h"
#include "protocol/receipt.h"
#include "protocol/receipt_names.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "A receipt";
constexpr std::size_t kUsageMembers = 3;
constexpr std::int64_t kLatestMs = 253'402'300'799'999;  // the end of the year 9999
constexpr std::string_view kNotPrintable = "is empty, too long or holds control characters";

base::Error refused(std::string_view member, std::string_view what) {
  std::string detail(kWhat);
  detail.append("'s ").append(member).append(" ").append(what).append(".");
  return base::Error(base::ErrorCode::invalid_request, std::move(detail), std::string(member));
}

bool in_token_range(std::int64_t tokens) { return tokens >= 0 && tokens <= kMaxReceiptTokens; }

base::Result<ReceiptUsage> decode_usage(json::Value value) {
  if (!value.is_object() || value.size() != kUsageMembers) {
    return refused("usage", "must have prompt_tokens, completion_tokens and total_tokens alone");
  }
  TRY(auto in, MemberReader::open(value, kWhat));
  ReceiptUsage usage;
  TRY(usage.prompt_tokens, in.integer("prompt_tokens", 0, kMaxReceiptTokens));
  TRY(usage.completion_tokens, in.integer("completion_tokens", 0, kMaxReceiptTokens));
  TRY(const auto total, in.integer("total_tokens", 0, kMaxReceiptTokens));
  if (total != usage.total_tokens())
    return refused("usage", "has a total_tokens that is not the sum");
  return usage;
}

base::Result<std::optional<std::string>> decode_policy(json::Value value) {
  if (value && value.is_null()) return std::optional<std::string>();
  const auto text = value.string();
  if (!text || !is_printable(*text, kMaxReceiptNameBytes))
    return refused("policy_version", "must be null or a short string");
  return std::optional<std::string>(*text);
}

}  // namespace

bool valid_model_name(std::string_view name) { return is_printable(name, kMaxReceiptModelBytes); }

base::Status check_receipt(const Receipt& receipt) {
  if (!NodeId::valid(receipt.node_id.text())) return refused("node_id", "is not well formed");
  if (!JobId::valid(receipt.job_id.text())) return refused("job_id", "is not well formed");
  if (!valid_model_name(receipt.model_id)) return refused("model_id", kNotPrintable);
  if (!valid_model_name(receipt.model_profile_id))
    return refused("model_profile_id", kNotPrintable);
  if (!is_printable(receipt.runtime_kind, kMaxReceiptNameBytes))
    return refused("runtime_kind", kNotPrintable);
  if (receipt.policy_version && !is_printable(*receipt.policy_version, kMaxReceiptNameBytes)) {
    return refused("policy_version", kNotPrintable);
  }
  const ReceiptUsage& usage = receipt.usage;
  if (!in_token_range(usage.prompt_tokens) || !in_token_range(usage.completion_tokens) ||
      !in_token_range(usage.total_tokens())) {
    return refused("usage", "has counts outside 0 to 2^53-1");
  }
  if (receipt.started_at_ms < 0 || receipt.completed_at_ms > kLatestMs)
    return refused("completed_at", "is not in the years 1970 to 9999");
  if (receipt.completed_at_ms < receipt.started_at_ms)
    return refused("completed_at", "lies before started_at");
  return {};
}

base::Result<SignedReceipt> decode_receipt(json::Value value) {
  TRY(auto in, MemberReader::open(value, kWhat));
  TRY(const auto type, in.text("type"));
  if (type != kReceiptType) return refused("type", "must be b3iq-receipt-v1");
  Receipt receipt;
  TRY(receipt.node_id, in.id<NodeId>("node_id"));
  TRY(receipt.job_id, in.id<JobId>("job_id"));
  TRY(receipt.model_id, in.string("model_id"));
  TRY(receipt.model_profile_id, in.string("model_profile_id"));
  TRY(receipt.runtime_kind, in.string("runtime_kind"));
  TRY(receipt.dispatch_mode, in.choice<DispatchMode>("dispatch_mode", kDispatchModeNames));
  TRY(receipt.privacy_class, in.choice<PrivacyClass>("privacy_class", kPrivacyClassNames));
  TRY(receipt.usage, decode_usage(in.take("usage")));
  TRY(receipt.policy_version, decode_policy(in.take("policy_version")));
  TRY(receipt.started_at_ms, in.time("started_at"));
  TRY(receipt.completed_at_ms, in.time("completed_at"));
  TRY(receipt.finish, in.choice<ReceiptFinish>("finish", kReceiptFinishNames));
  TRY(receipt.content_commitment, in.bytes<32>("content_commitment"));
  if (in.has("tee_attestation_hash")) {
    TRY(receipt.tee_attestation_hash, in.bytes<32>("tee_attestation_hash"));
  }
  crypto::Ed25519Signature signature;
  TRY(signature.bytes, in.bytes<64>(kSignatureMember));
  TRY_OK(in.done());
  TRY_OK(check_receipt(receipt));
  return SignedReceipt{std::move(receipt), signature};
}

}  // namespace b3iq::protocol

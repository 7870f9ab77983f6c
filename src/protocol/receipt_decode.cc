#include <algorithm>

#include "base/bytes.h"
#include "base/clock.h"
#include "protocol/receipt.h"
#include "protocol/receipt_names.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

constexpr std::size_t kTimeChars = 24;  // milliseconds are not optional here
constexpr std::size_t kUsageMembers = 3;
constexpr std::int64_t kLatestMs = 253'402'300'799'999;  // the end of the year 9999
constexpr std::string_view kNotPrintable = "is empty, too long or holds control characters";

base::Error refused(std::string_view member, std::string_view what) {
  std::string detail = "A receipt's ";
  detail.append(member).append(" ").append(what).append(".");
  return base::Error(base::ErrorCode::invalid_request, std::move(detail), std::string(member));
}

bool printable(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && base::valid_utf8(text) &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool in_token_range(std::int64_t tokens) { return tokens >= 0 && tokens <= kMaxReceiptTokens; }

// Reads the members of one object and counts them, so that in the end no other is left.
class MemberReader {
 public:
  explicit MemberReader(json::Value object) : object_(object) {}

  base::Result<std::string_view> text(std::string_view name) {
    const auto value = take(name).string();
    if (!value) return refused(name, "must be a string");
    return *value;
  }
  base::Result<std::string> string(std::string_view name) {
    TRY(const auto value, text(name));
    return std::string(value);  // check_receipt() looks at its length and characters
  }
  template <class Type>
  base::Result<Type> id(std::string_view name) {
    TRY(const auto value, text(name));
    if (!Type::valid(value)) return refused(name, "is not well formed");
    return Type::parse(value);
  }
  template <class Enum, std::size_t N>
  base::Result<Enum> choice(std::string_view name, const std::array<std::string_view, N>& names) {
    TRY(const auto value, text(name));
    const auto found = value_of_name<Enum>(names, value);
    if (!found) return refused(name, "is not one of the known values");
    return *found;
  }
  base::Result<std::int64_t> time(std::string_view name) {
    TRY(const auto value, text(name));
    std::int64_t ms = 0;
    if (value.size() != kTimeChars || !base::parse_rfc3339(value, ms)) {
      return refused(name, "must be a UTC time with milliseconds such as 2026-11-21T09:30:00.123Z");
    }
    return ms;
  }
  template <std::size_t N>
  base::Result<std::array<std::uint8_t, N>> bytes(std::string_view name) {
    TRY(const auto value, text(name));
    const auto raw = base::from_base64url(value);
    std::array<std::uint8_t, N> out;
    if (!raw || raw->size() != N)
      return refused(name, "must be " + std::to_string(N) + " bytes in base64url");
    std::copy(raw->begin(), raw->end(), out.begin());
    return out;
  }
  base::Result<std::int64_t> tokens(std::string_view name) {
    const auto value = take(name).integer();
    if (!value || !in_token_range(*value))
      return refused(name, "must be an integer from 0 to 2^53-1");
    return *value;
  }
  json::Value take(std::string_view name) {
    const json::Value value = object_.find(name);
    if (value) ++taken_;
    return value;
  }
  bool has(std::string_view name) const { return static_cast<bool>(object_.find(name)); }
  bool all_taken() const { return taken_ == object_.size(); }

 private:
  json::Value object_;
  std::size_t taken_ = 0;
};

base::Result<ReceiptUsage> decode_usage(json::Value value) {
  if (!value.is_object() || value.size() != kUsageMembers) {
    return refused("usage", "must have prompt_tokens, completion_tokens and total_tokens alone");
  }
  MemberReader in(value);
  ReceiptUsage usage;
  TRY(usage.prompt_tokens, in.tokens("prompt_tokens"));
  TRY(usage.completion_tokens, in.tokens("completion_tokens"));
  TRY(const auto total, in.tokens("total_tokens"));
  if (total != usage.total_tokens())
    return refused("usage", "has a total_tokens that is not the sum");
  return usage;
}

base::Result<std::optional<std::string>> decode_policy(json::Value value) {
  if (value && value.is_null()) return std::optional<std::string>();
  const auto text = value.string();
  if (!text || !printable(*text, kMaxReceiptNameBytes))
    return refused("policy_version", "must be null or a short string");
  return std::optional<std::string>(*text);
}

}  // namespace

bool valid_model_name(std::string_view name) { return printable(name, kMaxReceiptModelBytes); }

base::Status check_receipt(const Receipt& receipt) {
  if (!NodeId::valid(receipt.node_id.text())) return refused("node_id", "is not well formed");
  if (!JobId::valid(receipt.job_id.text())) return refused("job_id", "is not well formed");
  if (!valid_model_name(receipt.model_id)) return refused("model_id", kNotPrintable);
  if (!valid_model_name(receipt.model_profile_id))
    return refused("model_profile_id", kNotPrintable);
  if (!printable(receipt.runtime_kind, kMaxReceiptNameBytes))
    return refused("runtime_kind", kNotPrintable);
  if (receipt.policy_version && !printable(*receipt.policy_version, kMaxReceiptNameBytes)) {
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
  if (!value.is_object())
    return base::Error(base::ErrorCode::invalid_request, "A receipt is a JSON object.");
  MemberReader in(value);
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
  if (!in.all_taken()) {
    return base::Error(
        base::ErrorCode::invalid_request,
        "The receipt has members that b3iq-receipt-v1 does not know. Leave them out.");
  }
  TRY_OK(check_receipt(receipt));
  return SignedReceipt{std::move(receipt), signature};
}

}  // namespace b3iq::protocol

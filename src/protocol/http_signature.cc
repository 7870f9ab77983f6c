#include "protocol/http_signature.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "base/check.h"
#include "base/clock.h"
#include "crypto/sha256.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kLabel = "b3iq=";
constexpr std::string_view kComponents =
    R"(("@method" "@path" "@query" "content-digest" "b3iq-audience" "b3iq-sequence"))";
constexpr std::size_t kNonceBytes = 16;
constexpr std::string_view kDigestBegin = "sha-256=:";
constexpr std::size_t kDigestChars = 44;  // base64 of 32 bytes, padded
constexpr std::size_t kMaxSecondsDigits = 12;
constexpr std::array<std::string_view, kSignatureTags> kTags = {
    "b3iq-enroll-v1",   "b3iq-heartbeat-v1", "b3iq-inventory-v1", "b3iq-poll-v1",
    "b3iq-result-v1",   "b3iq-receipts-v1",  "b3iq-tunnel-v1",    "b3iq-payouts-v1",
    "b3iq-unenroll-v1", "b3iq-frames-v1"};

base::Error refused(std::string_view header, std::string_view what) {
  std::string detail = "The ";
  detail.append(header).append(" header ").append(what).append(".");
  return base::Error(base::ErrorCode::invalid_signature, std::move(detail), std::string(header));
}

// Reads a header from left to right; one spelling only.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool literal(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  // Up to (not including) the next `end`.
  std::optional<std::string_view> until(char end) {
    const auto at = rest_.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view part = rest_.substr(0, at);
    rest_.remove_prefix(at);
    return part;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

// A whole number without sign and leading zero.
std::optional<std::int64_t> whole_number(std::string_view text, std::size_t max_digits) {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string parameters_text(std::int64_t created, std::string_view nonce, const NodeId& node,
                            std::string_view tag) {
  std::string out(kComponents);
  out.append(";created=").append(std::to_string(created));
  out.append(";nonce=\"").append(nonce).append("\";keyid=\"").append(node.text());
  out.append("\";tag=\"").append(tag).append("\"");
  return out;
}

// b3iq=:base64 of 64 bytes:
std::optional<crypto::Ed25519Signature> parse_signature(std::string_view header) {
  Cursor in(header);
  if (!in.literal(kLabel) || !in.literal(":")) return std::nullopt;
  const auto text = in.until(':');
  crypto::Ed25519Signature signature;
  if (!text || !in.literal(":") || !in.done() || !base::read_base64(*text, signature.bytes))
    return std::nullopt;
  return signature;
}

base::Status check_clock(std::int64_t created, std::int64_t now) {
  const std::int64_t skew = created - now;
  if (skew <= kMaxClockSkewSeconds && skew >= -kMaxClockSkewSeconds) return {};
  return base::Error(base::ErrorCode::clock_skew,
                     "skew_seconds=" + std::to_string(skew) +
                         ": the request was signed for another time than the server's " +
                         base::format_rfc3339(now * 1000) + ". Correct the offset and sign again.");
}

// A space or line end in a covered part could make one signature base out of two requests.
bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::array<char, kDigestChars> digest_text(std::string_view body) {
  std::array<char, kDigestChars> text;
  text.fill('=');
  base::write_base64(crypto::sha256(body), text.data());
  return text;
}

// content_digest() compared, not made.
bool is_digest_of(std::string_view header, std::string_view body) {
  Cursor in(header);
  if (!in.literal(kDigestBegin)) return false;
  const auto text = digest_text(body);
  return in.literal({text.data(), text.size()}) && in.literal(":") && in.done();
}

// All that does not need the key.
base::Result<std::int64_t> check_headers(const CoveredRequest& request,
                                         const ReceivedHeaders& headers,
                                         const SignatureParameters& parameters,
                                         const ExpectedSignature& expected) {
  if (!plain(request.method) || !plain(request.path) || !plain(request.query)) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The request target holds characters that must be percent-encoded.");
  }
  if (parameters.tag != wire_name(expected.tag)) {
    return refused("Signature-Input", "has the tag of another purpose; this route takes " +
                                          std::string(wire_name(expected.tag)));
  }
  if (!ControlPlaneId::valid(headers.audience))
    return refused("B3IQ-Audience", "must be the id of a control plane");
  if (headers.audience != expected.audience.text()) {
    return base::Error(base::ErrorCode::wrong_audience,
                       "The request is for another control plane; this one is " +
                           expected.audience.text() + ". Enroll here, or go to that one.",
                       "B3IQ-Audience");
  }
  const auto sequence = whole_number(headers.sequence, 15);
  if (!sequence || *sequence < 1)
    return refused("B3IQ-Sequence", "must be a whole number from 1 to 999999999999999");
  if (!is_digest_of(headers.content_digest, request.body)) {
    return refused("Content-Digest", "must be sha-256=:...: of the body that was sent");
  }
  return *sequence;
}

base::Status check_signature(const CoveredRequest& request, const ReceivedHeaders& headers,
                             const SignatureParameters& parameters, std::int64_t now_seconds,
                             const crypto::Ed25519PublicKey& key) {
  const auto signature = parse_signature(headers.signature);
  if (!signature) return refused("Signature", "must be b3iq=:64 bytes in base64:");
  const std::string base =
      signature_base(request, headers.content_digest, headers.audience, headers.sequence,
                     headers.signature_input.substr(kLabel.size()));
  if (!crypto::ed25519_verify(key, base::as_bytes(base), *signature))
    return refused("Signature", "does not verify");
  return check_clock(parameters.created_seconds, now_seconds);
}

}  // namespace

std::string_view wire_name(SignatureTag tag) { return kTags[static_cast<std::size_t>(tag)]; }

std::string content_digest(std::string_view body) {
  const auto text = digest_text(body);
  std::string out(kDigestBegin);
  out.append(text.data(), text.size()).append(":");
  return out;
}

std::string signature_base(const CoveredRequest& request, std::string_view digest,
                           std::string_view audience, std::string_view sequence,
                           std::string_view parameters) {
  std::string out;
  out.reserve(512 + request.path.size() + request.query.size());
  out.append("\"@method\": ").append(request.method);
  out.append("\n\"@path\": ").append(request.path);
  out.append("\n\"@query\": ?").append(request.query);
  out.append("\n\"content-digest\": ").append(digest);
  out.append("\n\"b3iq-audience\": ").append(audience);
  out.append("\n\"b3iq-sequence\": ").append(sequence);
  out.append("\n\"@signature-params\": ").append(parameters);
  return out;
}

SignatureHeaders sign_request(const CoveredRequest& request, const SigningContext& context,
                              const NodeIdentity& identity, base::Random& random) {
  B3_CHECK(context.sequence >= 1 && context.sequence <= kMaxSequence);
  std::array<std::uint8_t, kNonceBytes> nonce;
  random.fill(nonce);
  const std::string parameters = parameters_text(context.created_seconds, base::to_base64url(nonce),
                                                 identity.node_id(), wire_name(context.tag));
  SignatureHeaders headers;
  headers.content_digest = content_digest(request.body);
  headers.audience = context.audience.text();
  headers.sequence = std::to_string(context.sequence);
  headers.signature_input = std::string(kLabel) + parameters;
  const std::string base = signature_base(request, headers.content_digest, headers.audience,
                                          headers.sequence, parameters);
  headers.signature =
      std::string(kLabel) + ":" + base::to_base64(identity.sign(base::as_bytes(base)).bytes) + ":";
  return headers;
}

base::Result<SignatureParameters> parse_signature_input(std::string_view header) {
  const auto wrong = [] {
    return refused("Signature-Input",
                   "must be b3iq=" + std::string(kComponents) +
                       ";created=SECONDS;nonce=\"16 bytes in base64url\";keyid=\"NODE "
                       "ID\";tag=\"PURPOSE\", in this order");
  };
  if (header.size() > kMaxSignatureInputBytes) return wrong();
  Cursor in(header);
  SignatureParameters out;
  if (!in.literal(kLabel) || !in.literal(kComponents) || !in.literal(";created=")) return wrong();
  const auto created = in.until(';');
  const auto seconds = created ? whole_number(*created, kMaxSecondsDigits) : std::nullopt;
  if (!seconds || !in.literal(";nonce=\"")) return wrong();
  const auto nonce = in.until('"');
  std::array<std::uint8_t, kNonceBytes> nonce_bytes;
  if (!nonce || !base::read_base64url(*nonce, nonce_bytes) || !in.literal("\";keyid=\""))
    return wrong();
  const auto keyid = in.until('"');
  if (!keyid || !NodeId::valid(*keyid) || !in.literal("\";tag=\"")) return wrong();
  const auto tag = in.until('"');
  const auto known = tag ? std::find(kTags.begin(), kTags.end(), *tag) : kTags.end();
  if (known == kTags.end()) return wrong();
  if (!in.literal("\"") || !in.done()) return wrong();
  out.created_seconds = *seconds;
  out.nonce = *nonce;
  out.node_id = NodeId::trusted(std::string(*keyid));
  out.tag = *known;
  return out;
}

base::Result<VerifiedRequest> verify_request(const CoveredRequest& request,
                                             const ReceivedHeaders& headers,
                                             const ExpectedSignature& expected,
                                             const crypto::Ed25519PublicKey& key) {
  TRY(const auto parameters, parse_signature_input(headers.signature_input));
  TRY(const std::int64_t sequence, check_headers(request, headers, parameters, expected));
  if (node_id_of(key) != parameters.node_id)
    return refused("Signature-Input", "has a keyid that is not this key's node id");
  TRY_OK(check_signature(request, headers, parameters, expected.now_seconds, key));
  return VerifiedRequest{parameters.node_id, sequence, parameters.created_seconds};
}

base::Result<VerifiedRequest> verify_known_node(const CoveredRequest& request,
                                                const ReceivedHeaders& headers,
                                                const SignatureParameters& parameters,
                                                const ExpectedSignature& expected,
                                                const crypto::Ed25519PublicKey& key) {
  TRY(const std::int64_t sequence, check_headers(request, headers, parameters, expected));
  TRY_OK(check_signature(request, headers, parameters, expected.now_seconds, key));
  return VerifiedRequest{parameters.node_id, sequence, parameters.created_seconds};
}

}  // namespace b3iq::protocol

#include "protocol/messages/enrollment.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/secret_token.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

// Deep enough for members that a newer control plane may add.
constexpr json::Limits limits(std::size_t max_bytes) {
  return {.max_bytes = max_bytes, .max_depth = 16};
}
constexpr std::string_view kVersionForm =
    "must be 1 to 32 of A-Z, a-z, 0-9, dot, underscore, plus and hyphen";

base::Error signed_wrong(std::string_view member, std::string detail) {
  return base::Error(base::ErrorCode::invalid_signature, std::move(detail), std::string(member));
}

base::Result<crypto::Ed25519PublicKey> read_key(MemberReader& in, std::string_view name) {
  crypto::Ed25519PublicKey key;
  TRY(key.bytes, in.bytes<32>(name));
  return key;
}

}  // namespace

std::int64_t next_boot_epoch(std::int64_t last, std::int64_t wall_ms) {
  const std::int64_t now = std::clamp<std::int64_t>(wall_ms, 1, kMaxBootEpoch / 1000) * 1000;
  return std::min(std::max(last + 1, now), kMaxBootEpoch);
}

bool valid_agent_version(std::string_view text) {
  return !text.empty() && text.size() <= kMaxAgentVersionBytes &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '+' || c == '-';
         });
}

std::string encode_challenge_request(const ChallengeRequest& request) {
  std::string out;
  // One allocation, so that no copy of the token stays behind in a buffer that was outgrown.
  out.reserve(kMaxChallengeRequestBytes);
  json::Writer w(out);
  w.begin_object();
  w.member("node_id", request.node_id.text());
  write_bytes(w, "public_key_ed25519", request.public_key.bytes);
  if (!request.enrollment_token.empty())
    w.member("enrollment_token", request.enrollment_token.reveal_text());
  w.end_object();
  return out;
}

base::Result<ChallengeRequest> decode_challenge_request(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, limits(kMaxChallengeRequestBytes)));
  TRY(auto in, MemberReader::open(document.root(), "A challenge request"));
  ChallengeRequest request;
  TRY(request.node_id, in.id<NodeId>("node_id"));
  TRY(request.public_key, read_key(in, "public_key_ed25519"));
  if (node_id_of(request.public_key) != request.node_id)
    return in.refused("node_id", "is not that of public_key_ed25519");
  if (in.has("enrollment_token")) {
    TRY(const auto token, in.text("enrollment_token"));
    if (!crypto::check_secret_token(crypto::kEnrollTokenPrefix, token)) {
      return base::Error(base::ErrorCode::enrollment_token_invalid,
                         "The enrollment token is not complete: it begins with b3iq_enroll_ and "
                         "ends with a checksum. Copy all of it.",
                         "enrollment_token");
    }
    request.enrollment_token = crypto::Secret(token);
  }
  TRY_OK(in.done());
  return request;
}

std::string encode_challenge(const Challenge& challenge, const ControlPlaneIdentity& identity) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", kChallengeType);
  w.member("challenge_id", challenge.challenge_id.text());
  write_bytes(w, "nonce", challenge.nonce);
  w.member("control_plane_id", identity.id().text());
  write_bytes(w, "public_key_ed25519", identity.public_key().bytes);
  w.member("node_id", challenge.node_id.text());
  write_time(w, "expires_at", challenge.expires_at_ms);
  write_time(w, "server_time", challenge.server_time_ms);
  w.end_object();
  return signed_text(kChallengeType, out, identity.key());
}

base::Result<Challenge> decode_challenge(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, limits(kMaxChallengeBytes)));
  TRY(auto in, MemberReader::open(document.root(), "The challenge"));
  Challenge challenge;
  TRY(challenge.control_plane_key, read_key(in, "public_key_ed25519"));
  TRY_OK(verify_document(kChallengeType, document.root(), challenge.control_plane_key));
  TRY(challenge.control_plane_id, in.id<ControlPlaneId>("control_plane_id"));
  if (control_plane_id_of(challenge.control_plane_key) != challenge.control_plane_id) {
    return signed_wrong("control_plane_id",
                        "The challenge's control_plane_id is not that of the key that signed it. "
                        "Do not enroll; check the control plane's address.");
  }
  TRY(challenge.challenge_id, in.id<ChallengeId>("challenge_id"));
  TRY(challenge.nonce, in.bytes<kChallengeNonceBytes>("nonce"));
  TRY(challenge.node_id, in.id<NodeId>("node_id"));
  TRY(challenge.expires_at_ms, in.time("expires_at"));
  TRY(challenge.server_time_ms, in.time("server_time"));
  return challenge;
}

std::string encode_enrollment(const EnrollmentStatement& statement, const NodeIdentity& identity) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.member("type", kEnrollmentType);
  w.member("challenge_id", statement.challenge_id.text());
  write_bytes(w, "challenge_nonce", statement.challenge_nonce);
  w.member("control_plane_id", statement.control_plane_id.text());
  w.member("node_id", identity.node_id().text());
  write_bytes(w, "public_key_ed25519", identity.public_key().bytes);
  w.key("transport_key");
  w.raw(encode_transport_key_binding(statement.transport_key));
  w.member("agent_version", statement.agent_version);
  write_integer(w, "boot_epoch", statement.boot_epoch);
  w.end_object();
  return signed_text(kEnrollmentType, out, identity);
}

base::Result<EnrollmentStatement> decode_enrollment(std::string_view body, std::int64_t now_ms) {
  TRY(const auto document, json::Document::parse(body, limits(kMaxEnrollmentBytes)));
  TRY(auto in, MemberReader::open(document.root(), "An enrollment statement"));
  TRY(const auto type, in.text("type"));
  if (type != kEnrollmentType) return in.refused("type", "must be b3iq-enrollment-v1");
  EnrollmentStatement statement;
  TRY(statement.challenge_id, in.id<ChallengeId>("challenge_id"));
  TRY(statement.challenge_nonce, in.bytes<kChallengeNonceBytes>("challenge_nonce"));
  TRY(statement.control_plane_id, in.id<ControlPlaneId>("control_plane_id"));
  TRY(statement.node_id, in.id<NodeId>("node_id"));
  TRY(statement.public_key, read_key(in, "public_key_ed25519"));
  TRY(const auto binding, in.object("transport_key"));
  TRY(statement.transport_key, decode_transport_key_binding(binding));
  TRY(statement.agent_version, in.formed("agent_version", valid_agent_version, kVersionForm));
  TRY(statement.boot_epoch, in.integer("boot_epoch", 1, kMaxBootEpoch));
  TRY_OK(in.bytes<64>(kSignatureMember));
  TRY_OK(in.done());
  if (node_id_of(statement.public_key) != statement.node_id) {
    return signed_wrong("node_id",
                        "The statement's node_id is not that of its key. Sign with the node's own "
                        "identity.");
  }
  TRY_OK(verify_document(kEnrollmentType, document.root(), statement.public_key));
  TRY_OK(verify_transport_key_binding(statement.transport_key, statement.node_id, now_ms));
  return statement;
}

std::string encode_enrollment_answer(const EnrollmentAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_integer(w, "heartbeat_interval_ms", answer.heartbeat_interval_ms);
  write_time(w, "server_time", answer.server_time_ms);
  w.member("router_key_id", answer.router_key_id.text());
  write_bytes(w, "router_secret_sealed", answer.router_secret_sealed);
  write_integer(w, "command_cursor", answer.command_cursor);
  w.member("re_enrolled", answer.re_enrolled);
  w.end_object();
  return out;
}

base::Result<EnrollmentAnswer> decode_enrollment_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, limits(kMaxEnrollmentAnswerBytes)));
  TRY(auto in, MemberReader::open(document.root(), "The answer to an enrollment"));
  EnrollmentAnswer answer;
  TRY(answer.heartbeat_interval_ms,
      in.integer("heartbeat_interval_ms", kMinHeartbeatIntervalMs, kMaxHeartbeatIntervalMs));
  TRY(answer.server_time_ms, in.time("server_time"));
  TRY(answer.router_key_id, in.id<RouterKeyId>("router_key_id"));
  TRY(answer.router_secret_sealed, in.bytes<kSealedRouterSecretBytes>("router_secret_sealed"));
  TRY(answer.command_cursor, in.integer("command_cursor", 0, kMaxCommandCursor));
  TRY(answer.re_enrolled, in.flag("re_enrolled"));
  return answer;
}

}  // namespace b3iq::protocol

// How a node becomes one of a control plane's (docs/protocol/enrollment.md): it asks for a
// challenge with an enrollment token, and answers with a statement that its identity signs.
//
// Members that are unknown are refused in what a node sends and ignored in what a control plane
// answers. All decode errors are invalid_request with the member as param, unless said otherwise;
// invalid_json and payload_too_large come from the parser. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/secret.h"
#include "protocol/control_plane_identity.h"
#include "protocol/identity.h"
#include "protocol/ids.h"
#include "protocol/router_secret.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::protocol {

inline constexpr std::string_view kChallengeType = "b3iq-enrollment-challenge-v1";
inline constexpr std::string_view kEnrollmentType = "b3iq-enrollment-v1";
inline constexpr std::size_t kMaxChallengeRequestBytes = 1024;
inline constexpr std::size_t kMaxChallengeBytes = 4096;
inline constexpr std::size_t kMaxEnrollmentBytes = 4096;
inline constexpr std::size_t kMaxEnrollmentAnswerBytes = 4096;
inline constexpr std::int64_t kChallengeLifeMs = 120'000;
inline constexpr std::size_t kChallengeNonceBytes = 32;
inline constexpr std::size_t kMaxAgentVersionBytes = 32;
inline constexpr std::int64_t kMinHeartbeatIntervalMs = 1'000;
inline constexpr std::int64_t kMaxHeartbeatIntervalMs = 3'600'000;

// A boot epoch tells two starts of one identity apart; the highest is the newest, and wins. UNIX
// microseconds of the agent's start, but above every one that this home has used. 1 to 2^53-1.
inline constexpr std::int64_t kMaxBootEpoch = (std::int64_t{1} << 53) - 1;
std::int64_t next_boot_epoch(std::int64_t last, std::int64_t wall_ms);

// 1 to kMaxAgentVersionBytes of A-Z a-z 0-9 . _ + -.
bool valid_agent_version(std::string_view text);

struct ChallengeIdRule {
  static constexpr IdForm kForm = IdForm::ulid;
  static constexpr std::string_view kPrefix = "chl_";
  static constexpr std::string_view kName = "challenge id";
};
using ChallengeId = Id<ChallengeIdRule>;
using ChallengeNonce = std::array<std::uint8_t, kChallengeNonceBytes>;

// POST kChallengesPath. Not signed: the control plane may not know the key yet.
struct ChallengeRequest {
  NodeId node_id;  // that of the key
  crypto::Ed25519PublicKey public_key;
  crypto::Secret enrollment_token;  // empty: an enrolled node enrolls again (left out on the wire)
};
// The token is in the text: wipe it after use (crypto::wipe), and never log it.
std::string encode_challenge_request(const ChallengeRequest& request);
// Errors also: enrollment_token_invalid when the token has not the form of one.
base::Result<ChallengeRequest> decode_challenge_request(std::string_view body);

// The answer: a document that the control plane signs, so that its key proves its id.
struct Challenge {
  ChallengeId challenge_id;
  ChallengeNonce nonce{};
  ControlPlaneId control_plane_id;
  crypto::Ed25519PublicKey control_plane_key;
  NodeId node_id;  // whom it is for
  std::int64_t expires_at_ms = 0;
  std::int64_t server_time_ms = 0;
};
// `control_plane_id` and `control_plane_key` are those of `identity`, whatever `challenge` says.
std::string encode_challenge(const Challenge& challenge, const ControlPlaneIdentity& identity);
// Errors also: invalid_signature when the signature, or the id of the key in it, does not hold. The
// caller compares node_id with its own, and control_plane_id with the one it knows, if any.
base::Result<Challenge> decode_challenge(std::string_view body);

// POST kEnrollmentPath, signed with SignatureTag::enroll; the body is this lasting document.
struct EnrollmentStatement {
  ChallengeId challenge_id;
  ChallengeNonce challenge_nonce{};
  ControlPlaneId control_plane_id;
  NodeId node_id;
  crypto::Ed25519PublicKey public_key;
  SignedTransportKeyBinding transport_key;
  std::string agent_version;
  std::int64_t boot_epoch = 0;
};
// Signed by `identity`, whose node_id and public_key it gets.
std::string encode_enrollment(const EnrollmentStatement& statement, const NodeIdentity& identity);
// Errors also: invalid_signature when the statement's or the binding's signature, or an id in them,
// does not hold; invalid_request when the binding is not valid at `now_ms`. The caller consumes the
// challenge and compares its nonce, key and control plane.
base::Result<EnrollmentStatement> decode_enrollment(std::string_view body, std::int64_t now_ms);

struct EnrollmentAnswer {
  std::int64_t heartbeat_interval_ms = 0;
  std::int64_t server_time_ms = 0;
  RouterKeyId router_key_id;
  SealedRouterSecret router_secret_sealed{};  // to the binding's key
  std::int64_t command_cursor = 0;
  bool re_enrolled = false;  // the control plane knew the node
};
std::string encode_enrollment_answer(const EnrollmentAnswer& answer);
base::Result<EnrollmentAnswer> decode_enrollment_answer(std::string_view body);

}  // namespace b3iq::protocol

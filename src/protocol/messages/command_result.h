// What a node says of a command it has done, or could not do: a lasting document that its identity
// signs, so that anybody with the node's public key can check it later (docs/protocol/commands.md).
// The node keeps it on disk until the control plane has accepted it. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/sha256.h"
#include "json/json.h"
#include "protocol/identity.h"
#include "protocol/ids.h"
#include "protocol/messages/command.h"
#include "protocol/receipt.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::protocol {

inline constexpr std::string_view kCommandResultType = "b3iq-command-result-v1";
// Of the body that carries it: private_inference may bring a sealed answer of 4 MiB, in base64url.
inline constexpr std::size_t kMaxResultBytes = 6 * 1024 * 1024;
inline constexpr std::size_t kMaxPlainResultBytes = 64 * 1024;  // of every other kind
inline constexpr std::size_t kMaxResultAnswerBytes = 4096;
inline constexpr std::size_t kMaxResultErrorDetailBytes = 512;
inline constexpr std::size_t kMaxProbedRuntimes = 32;
inline constexpr std::int64_t kMaxMeasuredMs = 86'400'000;
inline constexpr std::int64_t kMaxMilliTokensPerSecond = 1'000'000'000;

// The node's own measurement. Rates are thousandths of a token a second; nullopt: not measured.
struct BenchmarkSmokeOutcome {
  std::string model_id;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t duration_ms = 0;
  std::optional<std::int64_t> first_token_ms;
  std::optional<std::int64_t> decode_millitokens_per_second;
};
enum class RouteHealth : std::uint8_t { healthy, unhealthy, not_configured };
struct RouteHealthCheckOutcome {
  RouteHealth health = RouteHealth::not_configured;
  std::optional<std::int64_t> latency_ms;
};
enum class ProbedState : std::uint8_t { ready, loading, unreachable };
struct ProbedRuntime {
  std::string runtime_kind;  // valid_runtime_kind()
  ProbedState state = ProbedState::unreachable;
  std::int64_t models = 0;
};
struct RuntimeProbeOutcome {
  std::vector<ProbedRuntime> runtimes;
};
struct ModelInstallOutcome {
  std::string model_id;
  std::int64_t size_bytes = 0;
  crypto::Sha256Digest sha256{};  // of the model's file
  bool was_installed = false;     // it was there already
};
struct ModelRemoveOutcome {
  bool was_installed = false;
};
// The bundle stays on the node: its owner hands it over.
struct SupportBundleOutcome {
  crypto::Sha256Digest sha256{};
  std::int64_t size_bytes = 0;
};
// The request was opened. Whether the job was done only the customer can read.
struct PrivateInferenceOutcome {
  SealedEnvelope envelope;  // the sealed answer
  // nullopt: it was refused, or failed before anything was produced. Whoever takes it verifies it:
  // here its form alone is checked.
  std::optional<SignedReceipt> receipt;
};
struct RotateTransportKeyOutcome {
  SignedTransportKeyBinding transport_key;
};
struct RefreshInventoryOutcome {
  crypto::Sha256Digest inventory_hash{};
  crypto::Sha256Digest readiness_hash{};
};
enum class UpdateState : std::uint8_t { up_to_date, available, not_configured };
struct AgentUpdateCheckOutcome {
  std::string agent_version;
  UpdateState state = UpdateState::not_configured;
  std::optional<std::string> available_version;
};

// What a command that succeeded brings.
using CommandOutcome =
    std::variant<BenchmarkSmokeOutcome, RouteHealthCheckOutcome, RuntimeProbeOutcome,
                 ModelInstallOutcome, ModelRemoveOutcome, SupportBundleOutcome,
                 PrivateInferenceOutcome, RotateTransportKeyOutcome, RefreshInventoryOutcome,
                 AgentUpdateCheckOutcome>;
static_assert(std::variant_size_v<CommandOutcome> == kCommandKinds);
inline CommandKind kind_of(const CommandOutcome& outcome) {
  return static_cast<CommandKind>(outcome.index());
}

// Why a command failed. `code` of the error table; `detail` is for the operator of the control
// plane: no path, address or other inside of the node.
struct CommandFailure {
  base::ErrorCode code = base::ErrorCode::internal;
  std::string detail;  // printable, 1 to kMaxResultErrorDetailBytes
};

struct CommandResult {
  NodeId node_id;
  ControlPlaneId control_plane_id;
  CommandId command_id;
  CommandKind kind = CommandKind::benchmark_smoke;
  std::variant<CommandOutcome, CommandFailure> outcome;  // succeeded or failed; of `kind`
  std::int64_t started_at_ms = 0;
  std::int64_t completed_at_ms = 0;

  bool succeeded() const { return outcome.index() == 0; }
};

// The canonical signed document; node_id is `identity`'s.
std::string sign_command_result(const CommandResult& result, const NodeIdentity& identity);
// Strict. The signature is checked before any member is believed. Errors: invalid_signature,
// invalid_request naming the member.
base::Result<CommandResult> read_command_result(json::Value document,
                                                const crypto::Ed25519PublicKey& key);
base::Result<CommandResult> read_command_result(std::string_view document,
                                                const crypto::Ed25519PublicKey& key);

// POST result_path(), signed with SignatureTag::result: the lease that the result is brought under,
// and the document. A result that is brought again under a newer lease is the same document.
std::string encode_result_request(const LeaseToken& lease, std::string_view signed_result);

struct ResultRequest {
  LeaseToken lease_token;
  CommandResult result;
  std::string document;                  // canonical and signed, to be kept
  crypto::Sha256Digest document_hash{};  // SHA-256 of `document`: a repeat has the same
};
// Errors: as read_command_result; payload_too_large also for a kind whose results are small.
base::Result<ResultRequest> decode_result_request(std::string_view body,
                                                  const crypto::Ed25519PublicKey& key);

// A repeat of the same document is answered alike.
struct ResultAnswer {
  CommandId command_id;
  CommandState state = CommandState::succeeded;  // terminal
};
std::string encode_result_answer(const ResultAnswer& answer);
base::Result<ResultAnswer> decode_result_answer(std::string_view body);

}  // namespace b3iq::protocol

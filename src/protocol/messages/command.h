// Commands that a control plane may give a node: a closed list, each with typed arguments. There is
// no shell, no path and no address among them (docs/protocol/commands.md). Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/random.h"
#include "base/result.h"
#include "json/json.h"
#include "protocol/ids.h"
#include "protocol/receipt.h"
#include "protocol/sealed_envelope.h"

namespace b3iq::protocol {

// In the order of CommandArguments and CommandOutcome.
enum class CommandKind : std::uint8_t {
  benchmark_smoke,
  route_health_check,
  runtime_probe,
  model_install,
  model_remove,
  support_bundle,
  private_inference,
  rotate_transport_key,
  refresh_inventory,
  agent_update_check
};
inline constexpr std::size_t kCommandKinds = 10;
std::string_view wire_name(CommandKind kind);
std::optional<CommandKind> command_kind_from_name(std::string_view name);

// queued -> leased -> succeeded | failed | cancelled | expired; a lapsed lease returns to queued.
enum class CommandState : std::uint8_t { queued, leased, succeeded, failed, cancelled, expired };
inline constexpr std::size_t kCommandStates = 6;
std::string_view wire_name(CommandState state);
std::optional<CommandState> command_state_from_name(std::string_view name);
bool is_terminal(CommandState state);

enum class CommandEvent : std::uint8_t {
  lease,    // given to the node, with a new lease token
  renew,    // the holder said that it is still at it
  lapse,    // the lease ran out
  succeed,  // the holder's result
  fail,     // the holder's result
  cancel,   // an operator's
  expire,   // its time has passed before it was done
  retry     // an operator's, of one that failed, was cancelled or expired
};
inline constexpr std::size_t kCommandEvents = 8;
// nullopt: the event cannot happen in that state.
std::optional<CommandState> next_state(CommandState state, CommandEvent event);

// Fences a lease: whoever shows another one has lost it. Not a secret: the node also signs.
inline constexpr std::size_t kLeaseTokenBytes = 16;
struct LeaseToken {
  std::array<std::uint8_t, kLeaseTokenBytes> bytes{};
  friend bool operator==(const LeaseToken&, const LeaseToken&) = default;
  static LeaseToken make(base::Random& random);
  std::string text() const;  // base64url, 22 characters
  static std::optional<LeaseToken> parse(std::string_view text);
};

inline constexpr std::int64_t kMaxBenchmarkTokens = 512;
inline constexpr std::size_t kMaxCatalogueIdBytes = 64;
inline constexpr std::int64_t kMaxTransportGraceSeconds = 86'400;
// Above the arguments of every kind but private_inference.
inline constexpr std::size_t kMaxArgumentsBytes = 4096;

// 1 to kMaxCatalogueIdBytes of a-z 0-9 . _ -, a letter or digit first: an entry of the node's own
// catalogue of models.
bool valid_catalogue_id(std::string_view text);

struct BenchmarkSmokeArguments {
  std::string model_id;          // is_public_model_name()
  std::int64_t max_tokens = 64;  // 8 to kMaxBenchmarkTokens
};
struct RouteHealthCheckArguments {};
struct RuntimeProbeArguments {};
struct ModelInstallArguments {
  std::string catalogue_id;
};
struct ModelRemoveArguments {
  std::string model_id;
};
struct SupportBundleArguments {};
struct PrivateInferenceArguments {
  JobId job_id;                // the server's: stands in the receipt
  ClientJobId client_job_id;   // as the customer gave it: what the envelope is sealed to
  std::string model_id;        // is_public_model_name(); the envelope names the same
  std::string policy_version;  // printable, 1 to kMaxReceiptNameBytes: stands in the receipt
  PrivacyClass privacy_class = PrivacyClass::private_transport;  // never none
  SealedEnvelope envelope;
};
struct RotateTransportKeyArguments {
  std::int64_t grace_seconds = 3'600;  // how long the old key still opens; 0 to the maximum
};
struct RefreshInventoryArguments {};
struct AgentUpdateCheckArguments {};

using CommandArguments =
    std::variant<BenchmarkSmokeArguments, RouteHealthCheckArguments, RuntimeProbeArguments,
                 ModelInstallArguments, ModelRemoveArguments, SupportBundleArguments,
                 PrivateInferenceArguments, RotateTransportKeyArguments, RefreshInventoryArguments,
                 AgentUpdateCheckArguments>;
static_assert(std::variant_size_v<CommandArguments> == kCommandKinds);
inline CommandKind kind_of(const CommandArguments& arguments) {
  return static_cast<CommandKind>(arguments.index());
}

// The object that stands as `arguments`, canonical: what a store keeps.
std::string encode_arguments(const CommandArguments& arguments);
// Strict, for what an operator asks and a store has kept. Errors: invalid_request naming the
// member.
base::Result<CommandArguments> decode_arguments(CommandKind kind, json::Value value);
base::Result<CommandArguments> decode_arguments(CommandKind kind, std::string_view text);

}  // namespace b3iq::protocol

// Tests only: fixed identities and one example of each message of the managed plane, as the golden
// vectors have them (tests/vectors/managed_*.json).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret_token.h"
#include "protocol/control_plane_identity.h"
#include "protocol/identity.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/managed_error.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"
#include "protocol/messages/unenroll.h"
#include "protocol/receipt.h"
#include "protocol/router_secret.h"
#include "protocol/transport_key.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::protocol::fixture {

inline constexpr std::int64_t kNowMs = 1'795'253'400'123;  // 2026-11-21T09:30:00.123Z
inline constexpr std::int64_t kBootEpoch = 1'795'250'000'000'000;
inline constexpr std::string_view kNodeSeed =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
inline constexpr std::string_view kControlPlaneSeed =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
inline constexpr std::string_view kTransportSecret =
    "77076d0a7318a57d3c16c17251b26645c6c3d4a3c1e1d3f9a5a2c0a1a2a3a4a5";
inline constexpr std::string_view kMasterSecret =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
inline constexpr std::string_view kCommandUlid = "01JD5Z7Q3K8R9T0V1W2X3Y4Z5A";

template <std::size_t N>
std::array<std::uint8_t, N> bytes_of_hex(std::string_view hex) {
  const auto raw = base::from_hex(hex).value();
  std::array<std::uint8_t, N> out{};
  std::copy_n(raw.begin(), N, out.begin());
  return out;
}
template <std::size_t N>
std::array<std::uint8_t, N> counted(std::uint8_t first) {
  std::array<std::uint8_t, N> out;
  for (auto& byte : out) byte = first++;
  return out;
}

inline NodeIdentity node() {
  return NodeIdentity(crypto::Ed25519SecretKey::from_seed(bytes_of_hex<32>(kNodeSeed)));
}
inline ControlPlaneIdentity control_plane() {
  return ControlPlaneIdentity(
      crypto::Ed25519SecretKey::from_seed(bytes_of_hex<32>(kControlPlaneSeed)));
}
inline TransportKey transport_key() {
  return TransportKey(crypto::X25519SecretKey::from_bytes(bytes_of_hex<32>(kTransportSecret)));
}
inline RouterMasterSecret master() {
  return RouterMasterSecret(crypto::SecretBytes<32>(bytes_of_hex<32>(kMasterSecret)));
}

// Gives 0, 1, 2, …
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

inline SignedTransportKeyBinding binding() {
  return bind_transport_key(node(), transport_key().public_key(), kNowMs - 1000,
                            std::int64_t{90} * 86'400'000);
}

inline std::string enrollment_token() {
  CountingRandom random;
  return std::string(crypto::make_secret_token(crypto::kEnrollTokenPrefix, random).reveal_text());
}

inline ChallengeRequest challenge_request() {
  return {node().node_id(), node().public_key(), crypto::Secret(enrollment_token())};
}

inline Challenge challenge() {
  Challenge out;
  out.challenge_id = ChallengeId::from_ulid(kCommandUlid);
  out.nonce = counted<32>(0x40);
  out.control_plane_id = control_plane().id();
  out.control_plane_key = control_plane().public_key();
  out.node_id = node().node_id();
  out.expires_at_ms = kNowMs + kChallengeLifeMs;
  out.server_time_ms = kNowMs;
  return out;
}

inline EnrollmentStatement statement() {
  EnrollmentStatement out;
  out.challenge_id = challenge().challenge_id;
  out.challenge_nonce = challenge().nonce;
  out.control_plane_id = control_plane().id();
  out.node_id = node().node_id();
  out.public_key = node().public_key();
  out.transport_key = binding();
  out.agent_version = "0.5.0";
  out.boot_epoch = kBootEpoch;
  return out;
}

inline EnrollmentAnswer enrollment_answer(const SealedRouterSecret& sealed) {
  EnrollmentAnswer out;
  out.heartbeat_interval_ms = 15'000;
  out.server_time_ms = kNowMs;
  out.router_key_id = router_key_id_of(node().node_id(), 1);
  out.router_secret_sealed = sealed;
  out.command_cursor = 7;
  return out;
}

inline NodeInventory inventory() {
  NodeInventory out;
  out.os = {.name = "Debian GNU/Linux 12 (bookworm)",
            .id = "debian",
            .version = "12",
            .kernel = "6.1.0-18-amd64",
            .architecture = "x86_64",
            .virtual_machine = "none",
            .container = {}};
  out.cpu.model = "AMD EPYC 9354 32-Core Processor";
  out.cpu.vendor = "AuthenticAMD";
  out.cpu.features = {"avx2", "avx512f"};
  out.cpu.packages = 1;
  out.cpu.physical_cores = 32;
  out.cpu.logical_cpus = 64;
  out.cpu.usable_cpus = 16;
  out.memory.total_bytes = 270'000'000'000;
  InventoryGpu gpu;
  gpu.vendor = "NVIDIA";
  gpu.name = "NVIDIA H100 80GB HBM3";
  gpu.pci_id = "10de:2330";
  gpu.driver = "nvidia";
  gpu.driver_version = "550.54.15";
  gpu.memory_total_bytes = 85'899'345'920;
  gpu.compute_capability = "9.0";
  gpu.mig = false;
  out.gpus = {gpu};
  out.gpus_complete = true;
  InventoryDisk disk;
  disk.role = "home";
  disk.type = "ext4";
  disk.total_bytes = 2'000'000'000'000;
  disk.free_gib = 1024;
  disk.read_only = false;
  out.disks = {disk};
  return out;
}

inline NodeReadiness readiness() {
  NodeReadiness out;
  out.private_inference_enabled = true;
  out.public_inference_enabled = true;
  ModelProfile llama;
  llama.model_id = "llama3.1:8b";
  llama.status = ModelStatus::installed;
  llama.runtime_kind = "embedded";
  llama.route_tier = RouteTier::network_beta;
  llama.network_eligible = true;
  llama.benchmark_verified = true;
  llama.queue_health = QueueHealth::healthy;
  llama.context_tokens = 131'072;
  ModelProfile qwen;
  qwen.model_id = "Qwen/Qwen2.5-7B-Instruct";
  qwen.status = ModelStatus::ready_to_install;
  qwen.runtime_kind = "vllm";
  out.models = {qwen, llama};
  out.unlisted_models = 1;
  return out;
}

inline InventoryReport inventory_report() { return {kBootEpoch, inventory(), readiness()}; }

inline Heartbeat heartbeat() {
  Heartbeat out;
  out.boot_epoch = kBootEpoch;
  out.status = NodeStatus::ready;
  out.inventory_hash = inventory_hash(inventory());
  out.readiness_hash = readiness_hash(readiness());
  out.queue_depth = 3;
  out.agent_version = "0.5.0";
  return out;
}

inline HeartbeatAnswer heartbeat_answer() {
  HeartbeatAnswer out;
  out.server_time_ms = kNowMs;
  out.command_cursor = 7;
  out.want_readiness = true;
  out.next_heartbeat_ms = 15'000;
  out.notices = {NodeNotice::other_start_superseded};
  return out;
}

inline CommandId command_id() { return CommandId::from_ulid(kCommandUlid); }
inline LeaseToken lease_token() { return {counted<16>(0x10)}; }

inline SealedEnvelope envelope() {
  SealedEnvelope out;
  out.key_id = transport_key().key_id();
  out.client_public_key.bytes = counted<32>(1);
  out.nonce = counted<12>(2);
  const auto text = counted<48>(3);
  out.ciphertext.assign(text.begin(), text.end());
  out.aad_hash = counted<32>(4);
  return out;
}

inline PrivateInferenceArguments private_inference() {
  PrivateInferenceArguments out;
  out.job_id = JobId::from_ulid(kCommandUlid);
  out.client_job_id = ClientJobId::parse("trip-planner_7").value();
  out.model_id = "llama3.1:8b";
  out.policy_version = "1";
  out.envelope = envelope();
  return out;
}
inline SignedReceipt receipt() {
  Receipt out;
  out.node_id = node().node_id();
  out.job_id = private_inference().job_id;
  out.model_id = out.model_profile_id = private_inference().model_id;
  out.runtime_kind = "embedded";
  out.dispatch_mode = DispatchMode::private_job;
  out.privacy_class = PrivacyClass::private_transport;
  out.usage = {17, 4};
  out.policy_version = private_inference().policy_version;
  out.started_at_ms = kNowMs;
  out.completed_at_ms = kNowMs + 412;
  out.content_commitment = counted<32>(0x70);
  return {out, sign_receipt(encode_receipt(out).document, node())};
}

// One of each kind, in their order.
inline std::vector<CommandArguments> all_arguments() {
  return {BenchmarkSmokeArguments{"llama3.1:8b", 64},
          RouteHealthCheckArguments{},
          RuntimeProbeArguments{},
          ModelInstallArguments{"llama3.1-8b"},
          ModelRemoveArguments{"llama3.1:8b"},
          SupportBundleArguments{},
          private_inference(),
          RotateTransportKeyArguments{3'600},
          RefreshInventoryArguments{},
          AgentUpdateCheckArguments{}};
}
inline std::vector<CommandOutcome> all_outcomes() {
  return {BenchmarkSmokeOutcome{"llama3.1:8b", 12, 64, 2'130, 180, 33'712},
          RouteHealthCheckOutcome{RouteHealth::unhealthy, 17},
          RuntimeProbeOutcome{
              {{"embedded", ProbedState::ready, 2}, {"ollama", ProbedState::unreachable, 0}}},
          ModelInstallOutcome{"llama3.1-8b", 4'920'000'000, counted<32>(9), false},
          ModelRemoveOutcome{true},
          SupportBundleOutcome{counted<32>(8), 81'920},
          PrivateInferenceOutcome{envelope(), receipt()},
          RotateTransportKeyOutcome{binding()},
          RefreshInventoryOutcome{inventory_hash(inventory()), readiness_hash(readiness())},
          AgentUpdateCheckOutcome{"0.5.0", UpdateState::available, "0.5.1"}};
}

inline CommandResult result_of(std::variant<CommandOutcome, CommandFailure> outcome,
                               CommandKind kind) {
  CommandResult out;
  out.node_id = node().node_id();
  out.control_plane_id = control_plane().id();
  out.command_id = command_id();
  out.kind = kind;
  out.outcome = std::move(outcome);
  out.started_at_ms = kNowMs;
  out.completed_at_ms = kNowMs + 2'333;
  return out;
}
inline CommandFailure failure() {
  return {base::ErrorCode::insufficient_memory,
          "The model needs 6.2 GiB and 4.0 GiB are free. Choose a smaller one."};
}

inline PollRequest poll() {
  PollRequest out;
  out.boot_epoch = kBootEpoch;
  out.wait_seconds = 25;
  out.cursor = 7;
  out.max = 4;
  out.kinds = {CommandKind::benchmark_smoke, CommandKind::model_install};
  out.held = {{command_id(), lease_token(), CommandPhase::downloading, 1'048'576, 4'920'000'000}};
  return out;
}

inline PollAnswer poll_answer(CommandArguments arguments) {
  PollAnswer out;
  out.server_time_ms = kNowMs;
  out.cursor = 8;
  LeasedCommand command;
  command.command_id = command_id();
  command.arguments = std::move(arguments);
  command.lease_token = lease_token();
  command.lease_expires_at_ms = kNowMs + kDefaultLeaseMs;
  command.created_at_ms = kNowMs - 5'000;
  command.expires_at_ms = kNowMs + 3'600'000;
  out.commands.push_back(std::move(command));
  out.leases = {{command_id(), LeaseState::held, kNowMs + kDefaultLeaseMs}};
  return out;
}

}  // namespace b3iq::protocol::fixture

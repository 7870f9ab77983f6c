// What a model of a node is ready for, as the node says it (FACTS 1.5; docs/protocol/inventory.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace b3iq::protocol {

inline constexpr std::size_t kMaxRuntimeKindBytes = 32;
inline constexpr std::int64_t kMaxContextTokens = std::int64_t{1} << 40;

enum class ModelStatus : std::uint8_t {
  installed,
  ready_to_install,
  runtime_missing,
  hardware_unsupported
};
inline constexpr std::size_t kModelStatuses = 4;

enum class RouteTier : std::uint8_t {
  unknown,
  local_convenience,
  portable_local,
  network_beta,
  datacenter_optimized,
  fleet_orchestrated
};
inline constexpr std::size_t kRouteTiers = 6;

enum class QueueHealth : std::uint8_t { unknown, healthy, busy, blocked, unhealthy };
inline constexpr std::size_t kQueueHealths = 5;

std::string_view wire_name(ModelStatus status);
std::string_view wire_name(RouteTier tier);
std::string_view wire_name(QueueHealth health);
std::optional<ModelStatus> model_status_from_name(std::string_view name);
std::optional<RouteTier> route_tier_from_name(std::string_view name);
std::optional<QueueHealth> queue_health_from_name(std::string_view name);

// 1 to kMaxRuntimeKindBytes of a-z 0-9 _ -, a letter first: "embedded", "vllm".
bool valid_runtime_kind(std::string_view text);

struct ModelProfile {
  std::string model_id;  // is_public_model_name(); a model named otherwise is not reported
  ModelStatus status = ModelStatus::runtime_missing;
  std::string runtime_kind;  // valid_runtime_kind()
  RouteTier route_tier = RouteTier::unknown;
  bool network_eligible = false;
  bool benchmark_verified = false;  // the node's own word
  bool paid_route_eligible = false;
  QueueHealth queue_health = QueueHealth::unknown;
  std::int64_t context_tokens = 0;  // 0: unknown
};

}  // namespace b3iq::protocol

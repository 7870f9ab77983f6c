// What a node has and what its models are ready for, in full (docs/protocol/inventory.md). Sent
// when the control plane asks for it, which it does when a hash in a heartbeat is new to it. Signed
// with SignatureTag::inventory. Pure; any thread.
//
// Nothing here names the machine: no serial number, no host name, no path, no address. A fact that
// is not known is nullopt, and null on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/sha256.h"
#include "protocol/messages/reported_model.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxInventoryBytes = 256 * 1024;
inline constexpr std::size_t kMaxInventoryAnswerBytes = 4096;
inline constexpr std::size_t kMaxInventoryTextBytes = 128;
inline constexpr std::size_t kMaxInventoryGpus = 64;
inline constexpr std::size_t kMaxInventoryDisks = 16;
inline constexpr std::size_t kMaxCpuFeatures = 64;
inline constexpr std::size_t kMaxCpuFeatureBytes = 32;
inline constexpr std::size_t kMaxModelProfiles = 512;
// Free space is told in steps, so that the hash stays the same from minute to minute.
inline constexpr std::int64_t kFreeSpaceStepGib = 8;
// Bytes to GiB, down to a whole step.
std::int64_t free_space_steps_gib(std::int64_t free_bytes);

using InventoryText =
    std::optional<std::string>;  // printable, 1 to kMaxInventoryTextBytes, no "/" first
using InventoryCount = std::optional<std::int64_t>;  // 0 to 2^53-1
using InventoryFlag = std::optional<bool>;

struct InventoryOs {
  InventoryText name;             // "Debian GNU/Linux 12 (bookworm)"
  InventoryText id;               // "debian"
  InventoryText version;          // "12"
  InventoryText kernel;           // "6.1.0-18-amd64"
  InventoryText architecture;     // "x86_64"
  InventoryText virtual_machine;  // "kvm"; "none"
  InventoryText container;        // "docker"; "none"
};
struct InventoryCpu {
  InventoryText model;
  InventoryText vendor;
  std::optional<std::vector<std::string>> features;  // a-z 0-9 _ . -
  InventoryCount packages;
  InventoryCount physical_cores;
  InventoryCount logical_cpus;
  InventoryCount usable_cpus;
};
struct InventoryMemory {
  InventoryCount total_bytes;
  InventoryCount limit_bytes;  // of the control group
  InventoryCount swap_total_bytes;
};
struct InventoryGpu {
  InventoryText vendor;
  InventoryText name;
  InventoryText pci_id;  // "10de:2330": the kind of device, not its address
  InventoryText driver;
  InventoryText driver_version;
  InventoryCount memory_total_bytes;
  InventoryFlag memory_shared;
  InventoryText compute_capability;
  InventoryFlag mig;
  InventoryFlag display_only;
};
struct InventoryDisk {
  InventoryText role;  // "home", "models"
  InventoryText type;  // "ext4"
  InventoryCount total_bytes;
  InventoryCount free_gib;  // free_space_steps_gib()
  InventoryFlag read_only;
};
struct NodeInventory {
  InventoryOs os;
  InventoryCpu cpu;
  InventoryMemory memory;
  std::optional<std::vector<InventoryGpu>> gpus;  // nullopt: not known whether there is one
  InventoryFlag gpus_complete;
  std::optional<std::vector<InventoryDisk>> disks;
};

// What the node's owner lets it do, and its models.
struct NodeReadiness {
  bool private_inference_enabled = false;  // the owner allows the command private_inference
  bool public_inference_enabled = false;   // the owner allows calls from the network
  std::vector<ModelProfile> models;        // sorted by model_id, each once
  std::int64_t unlisted_models = 0;        // whose names cannot be shown (public_model_name.h)
};

// The canonical (RFC 8785) forms, and the SHA-256 of them that a heartbeat carries. `readiness` may
// come in any order; its form is sorted. The values pass check_*, or the form cannot be read back.
std::string canonical_inventory(const NodeInventory& inventory);
std::string canonical_readiness(const NodeReadiness& readiness);
crypto::Sha256Digest inventory_hash(const NodeInventory& inventory);
crypto::Sha256Digest readiness_hash(const NodeReadiness& readiness);

// A text as an inventory can hold it: control characters and a leading "/" gone, cut at
// kMaxInventoryTextBytes; nullopt when nothing is left.
InventoryText inventory_text(std::string_view text);

// PUT inventory_path(). At least one of the two.
struct InventoryReport {
  std::int64_t boot_epoch = 0;
  std::optional<NodeInventory> inventory;
  std::optional<NodeReadiness> readiness;
};
std::string encode_inventory_report(const InventoryReport& report);
// Strict. Errors: invalid_request naming the member, invalid_json, payload_too_large.
base::Result<InventoryReport> decode_inventory_report(std::string_view body);
// The two parts alone, as a store keeps them (canonical_*). Errors as above.
base::Result<NodeInventory> read_inventory(std::string_view text);
base::Result<NodeReadiness> read_readiness(std::string_view text);

// What the control plane now has of the node.
struct InventoryAnswer {
  std::int64_t server_time_ms = 0;
  std::optional<crypto::Sha256Digest> inventory_hash;
  std::optional<crypto::Sha256Digest> readiness_hash;
};
std::string encode_inventory_answer(const InventoryAnswer& answer);
base::Result<InventoryAnswer> decode_inventory_answer(std::string_view body);

}  // namespace b3iq::protocol

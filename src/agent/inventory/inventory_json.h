// The inventory as JSON: written for people and for the wire, and read back strictly, because what
// the probe process prints may come from a driver that lies. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "agent/inventory/inventory_types.h"
#include "base/result.h"
#include "json/json.h"

namespace b3iq::agent::inventory {

// What a report may hold at most.
inline constexpr std::size_t kMaxReportBytes = 256 * 1024;
inline constexpr std::size_t kMaxListItems =
    2048;  // 64 GPUs with a reason for each of their fields
inline constexpr std::size_t kMaxTextBytes = 1024;
// A report's texts are cut to this, so that the longest still fits when every byte becomes U+FFFD.
inline constexpr std::size_t kReportTextBytes = 320;
static_assert(kReportTextBytes * 3 < kMaxTextBytes);

// One object with every field; null for what is unknown.
void write_inventory(json::Writer& writer, const Inventory& inventory);

// One line of JSON, as the probe process prints it. Long texts are cut.
std::string report_text(const MachineReport& report);
std::string report_text(const TopologyReport& report);
std::string report_text(const GpuReport& report);
std::string report_text(const DiskReport& report);

// Every member must be there, of its kind, within the bounds, and no other. Control characters in
// texts become '?'. Error: corrupt, naming the member.
base::Result<MachineReport> read_machine_report(std::string_view text);
base::Result<TopologyReport> read_topology_report(std::string_view text);
base::Result<GpuReport> read_gpu_report(std::string_view text);
base::Result<DiskReport> read_disk_report(std::string_view text);

// "sha256:" and 64 hexadecimal digits over the canonical JSON of what does not change by itself.
// Equal for equal machines; a changed driver, GPU or disk changes it, a changed load does not.
std::string content_hash(const Inventory& inventory);

}  // namespace b3iq::agent::inventory

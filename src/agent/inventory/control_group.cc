#include "agent/inventory/control_group.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "agent/inventory/impossible_values.h"
#include "agent/inventory/kernel_files.h"

namespace b3iq::agent::inventory {
namespace {

constexpr char kNone[] = "No control group limits it.";
constexpr int kMaxGroupDepth = 64;

// "/a/b" → "/a/b", "/a", "".
std::vector<std::string> self_and_above(std::string path) {
  std::vector<std::string> all;
  while (path.size() > 1 && all.size() < kMaxGroupDepth) {
    all.push_back(path);
    path.resize(path.rfind('/'));
  }
  all.emplace_back();
  return all;
}

// The group's path in the hierarchy of `controller` ("" is version 2), or nullopt.
std::optional<std::string> group_path(std::string_view cgroup, std::string_view controller) {
  while (!cgroup.empty()) {
    const std::string_view line = cgroup.substr(0, cgroup.find('\n'));
    cgroup.remove_prefix(std::min(cgroup.size(), line.size() + 1));
    const auto first = line.find(':');
    const auto second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    std::string names = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
    const std::string_view path = line.substr(second + 1);
    if (!path.starts_with('/') || path.find("/..") != path.npos) continue;
    if (names.find("," + std::string(controller) + ",") != names.npos) return std::string(path);
  }
  return std::nullopt;
}

void take_smaller(Count& kept, std::int64_t value) { kept = kept ? std::min(*kept, value) : value; }

// "max 100000" or "50000 100000".
Count quota_of_cpu_max(const std::string& text) {
  const auto space = text.find(' ');
  const auto quota = whole_number(text.substr(0, space));
  const auto period = space == text.npos ? std::nullopt : whole_number(text.substr(space + 1));
  if (!quota || !period || *quota <= 0 || *period <= 0 || *quota > INT64_MAX / 1000)
    return std::nullopt;
  return std::max<std::int64_t>(1, *quota * 1000 / *period);
}

void read_version_2(const std::string& folder, GroupLimits& limits) {
  if (const auto text = read_kernel_text(folder + "/cpu.max"); text.ok()) {
    if (const auto quota = quota_of_cpu_max(*text)) take_smaller(limits.quota_millicpus, *quota);
  }
  const auto limit = read_kernel_number(folder + "/memory.max");  // "max" is not a number
  if (!limit.ok() || *limit > kMaxBytesOfMemory) return;
  if (limits.memory_bytes && *limits.memory_bytes <= *limit) return;
  limits.memory_bytes = *limit;
  const auto used = read_kernel_number(folder + "/memory.current");
  limits.memory_used_bytes = used.ok() ? Count(*used) : std::nullopt;
}

void read_version_1_cpu(const std::string& folder, GroupLimits& limits) {
  const auto quota = read_kernel_number(folder + "/cpu.cfs_quota_us");
  const auto period = read_kernel_number(folder + "/cpu.cfs_period_us");
  if (!quota.ok() || !period.ok() || *quota <= 0 || *period <= 0 || *quota > INT64_MAX / 1000)
    return;
  take_smaller(limits.quota_millicpus, std::max<std::int64_t>(1, *quota * 1000 / *period));
}

void read_version_1_memory(const std::string& folder, GroupLimits& limits) {
  const auto limit = read_kernel_number(folder + "/memory.limit_in_bytes");
  if (!limit.ok() || *limit > kMaxBytesOfMemory) return;
  if (limits.memory_bytes && *limits.memory_bytes <= *limit) return;
  limits.memory_bytes = *limit;
  const auto used = read_kernel_number(folder + "/memory.usage_in_bytes");
  limits.memory_used_bytes = used.ok() ? Count(*used) : std::nullopt;
}

}  // namespace

GroupLimits read_group_limits(const std::string& root) {
  GroupLimits limits;
  const auto cgroup = read_kernel_text(root + "/proc/self/cgroup");
  if (!cgroup.ok()) {
    limits.cpu_reason = limits.memory_reason = cgroup.error().detail;
    return limits;
  }
  const std::string base = root + "/sys/fs/cgroup";
  // A container may see a path that its own mount does not have; the mount's root still counts.
  if (const auto path = group_path(*cgroup, "")) {
    for (const auto& group : self_and_above(*path)) read_version_2(base + group, limits);
  }
  if (const auto path = group_path(*cgroup, "cpu")) {
    for (const auto& group : self_and_above(*path))
      read_version_1_cpu(base + "/cpu" + group, limits);
  }
  if (const auto path = group_path(*cgroup, "memory")) {
    for (const auto& group : self_and_above(*path))
      read_version_1_memory(base + "/memory" + group, limits);
  }
  if (!limits.quota_millicpus) limits.cpu_reason = kNone;
  if (!limits.memory_bytes) limits.memory_reason = kNone;
  return limits;
}

}  // namespace b3iq::agent::inventory

// How much memory the machine and a process have, as the kernel tells it.
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "runtimes/embedded/model_host.h"

namespace b3iq::runtimes {
namespace {

// "MemAvailable:   12345 kB" of a file of such lines, in bytes; 0 when it is not there.
std::int64_t line_bytes(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  std::int64_t kilobytes = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    if (fields >> word >> kilobytes && word == name) return kilobytes * 1024;
  }
  return 0;
}

std::int64_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::int64_t number = -1;
  return file >> number ? number : -1;
}

// The limits of this process's group and of those around it (cgroup v2).
void apply_group_limits(MachineMemory& memory) {
  std::ifstream file("/proc/self/cgroup");
  std::string group;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("0::")) group = line.substr(3);
  while (!group.empty() && group != "/") {
    const std::string folder = "/sys/fs/cgroup" + group;
    const auto limit = number_in(folder + "/memory.max");
    const auto current = number_in(folder + "/memory.current");
    if (limit >= 0 && current >= 0) {
      memory.total_bytes = std::min(memory.total_bytes, limit);
      memory.available_bytes =
          std::min(memory.available_bytes, std::max<std::int64_t>(0, limit - current));
    }
    group.resize(group.rfind('/'));
  }
}

}  // namespace

MachineMemory machine_memory() {
  MachineMemory memory{line_bytes("/proc/meminfo", "MemTotal:"),
                       line_bytes("/proc/meminfo", "MemAvailable:")};
  apply_group_limits(memory);
  return memory;
}

ProcessMemory process_memory(pid_t pid) {
  const auto status = "/proc/" + std::to_string(pid) + "/status";
  return {line_bytes(status, "RssAnon:") + line_bytes(status, "RssShmem:"),
          line_bytes(status, "RssFile:")};
}

std::int64_t counted_memory(const ProcessMemory& memory, std::int64_t estimated_bytes) {
  if (estimated_bytes <= 0) return memory.own_bytes + memory.file_bytes;
  const auto missing = std::max<std::int64_t>(0, estimated_bytes - memory.own_bytes);
  return memory.own_bytes + std::min(memory.file_bytes, missing);
}

}  // namespace b3iq::runtimes

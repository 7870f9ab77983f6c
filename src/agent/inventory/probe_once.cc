#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/inventory/inventory_json.h"
#include "agent/inventory/inventory_service.h"

namespace b3iq::agent::inventory {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr const char* kParts[] = {"machine", "topology", "nvidia", "gpus"};
constexpr std::size_t kPartCount = std::size(kParts);

ProbeCommand command(const InventoryOptions& options, std::string name, const char* part) {
  ProbeCommand out{std::move(name), options.probe_command};
  out.arguments.insert(out.arguments.end(), {part, "--parent", std::to_string(::getpid())});
  out.arguments.insert(out.arguments.end(), options.probe_options.begin(),
                       options.probe_options.end());
  return out;
}

template <class Report>
Result<Report> read(ProbeResult result, Result<Report> (*reader)(std::string_view)) {
  if (!result.failure.empty()) return Error(ErrorCode::upstream_failed, std::move(result.failure));
  return reader(result.output);
}

}  // namespace

Inventory probe_once(const InventoryOptions& options, ProbeRunner& runner,
                     const std::atomic<bool>& stop) {
  std::vector<WantedDisk> wanted = options.disks;
  wanted.resize(std::min(wanted.size(), kMaxDisks));
  std::vector<ProbeCommand> commands;
  for (const char* part : kParts) commands.push_back(command(options, part, part));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    commands.push_back(command(options, "disk " + std::to_string(i), "disk"));
    commands.back().arguments.insert(commands.back().arguments.end(), {"--path", wanted[i].path});
  }
  auto results = runner.run(commands, stop);
  Reports reports{read(std::move(results[0]), &read_machine_report),
                  read(std::move(results[1]), &read_topology_report),
                  read(std::move(results[2]), &read_gpu_report),
                  read(std::move(results[3]), &read_gpu_report),
                  {}};
  for (std::size_t i = kPartCount; i < results.size(); ++i)
    reports.disks.push_back(read(std::move(results[i]), &read_disk_report));
  return assemble(std::move(reports), wanted);
}

}  // namespace b3iq::agent::inventory

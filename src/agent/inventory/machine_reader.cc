#include "agent/inventory/machine_reader.h"

namespace b3iq::agent::inventory {

MachineReport read_machine(const std::string& root) {
  Findings findings;
  MachineReport report;
  report.os = read_os(root, findings);
  report.cpu = read_cpu(root, findings);
  report.memory = read_memory(root, findings);
  report.unknown = std::move(findings.unknown);
  report.notes = std::move(findings.notes);
  return report;
}

}  // namespace b3iq::agent::inventory

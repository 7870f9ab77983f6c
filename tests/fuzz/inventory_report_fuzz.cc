// What a probe process prints, in the hands of a hostile driver: a report or a refusal; what is
// read holds no control character, is written as it was read, and makes an inventory without
// impossible numbers.
#include <cstdint>
#include <string_view>

#include "agent/inventory/assemble.h"
#include "agent/inventory/inventory_json.h"
#include "base/check.h"

namespace {

using namespace b3iq::agent::inventory;

template <class Report>
b3iq::base::Result<Report> check(b3iq::base::Result<Report> report,
                                 b3iq::base::Result<Report> (*reader)(std::string_view)) {
  if (!report.ok()) return report;
  const std::string once = report_text(*report);
  B3_CHECK(once.find_first_of("\x1b\x07") == once.npos);
  const auto again = reader(once);
  B3_CHECK(again.ok() || once.size() > kMaxReportBytes);
  if (again.ok()) B3_CHECK(report_text(*again) == once);
  return report;
}

}  // namespace

int fuzz_inventory_report(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto gpus = check(read_gpu_report(text), &read_gpu_report);
  auto disk = check(read_disk_report(text), &read_disk_report);
  Reports reports{check(read_machine_report(text), &read_machine_report),
                  check(read_topology_report(text), &read_topology_report),
                  gpus,
                  gpus,
                  {disk}};
  const Inventory inventory = assemble(std::move(reports), {{"home", "/home"}});
  for (const Gpu& gpu : inventory.gpus.value_or(std::vector<Gpu>())) {
    B3_CHECK(!gpu.memory_total_bytes || *gpu.memory_total_bytes > 0);
    B3_CHECK(!gpu.memory_used_bytes || *gpu.memory_used_bytes >= 0);
    B3_CHECK(!gpu.utilization_percent || *gpu.utilization_percent <= 100);
  }
  B3_CHECK(content_hash(inventory).size() == 71);
  return 0;
}

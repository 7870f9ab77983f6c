#include "agent/cli/amount_text.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

constexpr std::string_view kUnknown = "unknown";

std::string text_or_unknown(json::Value value) {
  return std::string(value.string().value_or(kUnknown));
}

std::string count_text(json::Value value) {
  const auto count = value.integer();
  return count ? fmt::format("{}", *count) : std::string(kUnknown);
}

std::string size_text(json::Value value) {
  const auto bytes = value.integer();
  return bytes ? bytes_text(*bytes) : std::string(kUnknown);
}

void print_row(std::string_view name, std::string_view value) {
  fmt::print("{:<10} {}\n", name, value);
}

void print_cpu(json::Value cpu, json::Value topology) {
  print_row("CPU", fmt::format("{}, {} cores, {} usable CPUs", text_or_unknown(cpu.find("model")),
                               count_text(topology.find("physical_cores")),
                               count_text(cpu.find("usable_cpus"))));
  std::string features;
  const auto list = cpu.find("features");
  for (std::size_t i = 0; i < list.size(); ++i)
    features += std::string(i == 0 ? "" : " ") + text_of(list.at(i));
  if (!features.empty()) print_row("", features);
}

void print_gpus(json::Value gpus) {
  if (!gpus.is_array()) return print_row("GPU", kUnknown);
  if (gpus.size() == 0) return print_row("GPU", "none");
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    const auto gpu = gpus.at(i);
    const auto temperature = gpu.find("temperature_c").integer();
    const auto use = gpu.find("utilization_percent").integer();
    print_row(
        i == 0 ? "GPU" : "",
        fmt::format("{}, {} of {} used, {} % busy, {} C, driver {}",
                    text_or_unknown(gpu.find("name")), size_text(gpu.find("memory_used_bytes")),
                    size_text(gpu.find("memory_total_bytes")), use ? fmt::format("{}", *use) : "?",
                    temperature ? fmt::format("{}", *temperature) : "?",
                    text_or_unknown(gpu.find("driver_version"))));
  }
}

void print_inventory(json::Value snapshot) {
  const auto all = snapshot.find("inventory");
  const auto os = all.find("os");
  const auto memory = all.find("memory");
  print_row("system", fmt::format("{}, kernel {}, {}", text_or_unknown(os.find("name")),
                                  text_or_unknown(os.find("kernel")),
                                  text_or_unknown(os.find("architecture"))));
  print_cpu(all.find("cpu"), all.find("topology"));
  print_row("memory", fmt::format("{} free of {}", size_text(memory.find("available_bytes")),
                                  size_text(memory.find("total_bytes"))));
  if (const auto limit = memory.find("limit_bytes").integer())
    print_row("", fmt::format("limited to {}", bytes_text(*limit)));
  print_gpus(all.find("gpus"));
  const auto disks = all.find("disks");
  for (std::size_t i = 0; i < disks.size(); ++i) {
    const auto disk = disks.at(i);
    print_row(i == 0 ? "disk" : "",
              fmt::format("{}: {} free of {} on {}", text_of(disk.find("role")),
                          size_text(disk.find("free_bytes")), size_text(disk.find("total_bytes")),
                          text_or_unknown(disk.find("mount_point"))));
  }
  const auto notes = all.find("notes");
  for (std::size_t i = 0; i < notes.size(); ++i)
    print_row(i == 0 ? "notes" : "", text_of(notes.at(i).find("text")));
}

}  // namespace

int run_inventory(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/inventory", "", form, print_inventory);
}

}  // namespace b3iq::agent

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "agent/doctor/doctor_checks.h"
#include "agent/inventory/inventory_probe.h"
#include "agent/inventory/inventory_service.h"
#include "base/clock.h"

namespace b3iq::agent {
namespace {

// 2026-01-01: this program is younger than that.
constexpr std::int64_t kEarliestSaneMs = 1'767'225'600'000;

struct NoteMeaning {
  std::string_view code;
  Verdict verdict;
  std::string_view fix;
};
constexpr std::string_view kDriverAgain =
    "Load the driver again (sudo modprobe nvidia) or restart the machine; nvidia-smi must work.";
constexpr std::array kMeanings = {
    NoteMeaning{"nvidia_library_missing", Verdict::warning,
                "Install the driver's user libraries: libnvidia-ml.so.1 must be there (in a "
                "container, start it with the GPU)."},
    NoteMeaning{"nvidia_driver_mismatch", Verdict::fault,
                "The driver was updated while it ran. Restart the machine."},
    NoteMeaning{"nvidia_driver_failed", Verdict::fault, kDriverAgain},
    NoteMeaning{"gpu_lost", Verdict::fault,
                "Restart the machine; if it happens again, look at "
                "the GPU's power and heat."},
    NoteMeaning{"gpu_gone", Verdict::fault, kDriverAgain},
    NoteMeaning{"gpu_without_driver", Verdict::warning,
                "Install the GPU's driver, if models shall use the GPU (docs/operating/gpu.md)."},
    NoteMeaning{"gpu_mig", Verdict::good, ""},
    NoteMeaning{"gpu_virtual", Verdict::good, ""},
    NoteMeaning{"value_impossible", Verdict::warning,
                "b3iq-host inventory shows which value the machine tells wrongly."},
    NoteMeaning{"probe_failed", Verdict::warning,
                "b3iq-host inventory shows what could not be read; a driver may hang."},
    NoteMeaning{"disk_missing", Verdict::warning, "Mount the disk, or correct the path."},
};

std::optional<int> usable_gpus(const inventory::Inventory& found) {
  if (!found.gpus) return std::nullopt;
  const auto count = std::ranges::count_if(
      *found.gpus, [](const inventory::Gpu& gpu) { return !gpu.display_only.value_or(false); });
  if (count == 0 && !found.gpus_complete.value_or(false)) return std::nullopt;
  return static_cast<int>(count);
}

std::optional<std::uint64_t> usable_memory(const inventory::Memory& memory) {
  if (!memory.total_bytes) return std::nullopt;
  const auto limit = memory.limit_bytes.value_or(*memory.total_bytes);
  return static_cast<std::uint64_t>(std::min(*memory.total_bytes, limit));
}

}  // namespace

void check_clock(std::int64_t wall_ms, Diagnosis& out) {
  const auto text = base::format_rfc3339(wall_ms);
  if (wall_ms < kEarliestSaneMs) {
    out.fault("clock", fmt::format("The clock says {}.", text), "sudo timedatectl set-ntp true");
  } else {
    out.good("clock", text);
  }
}

void judge_notes(const std::vector<inventory::Note>& notes, Diagnosis& out) {
  for (const auto& note : notes) {
    const auto code = note.code.value_or("");
    const auto text = note.text.value_or("");
    const auto* const meaning = std::ranges::find(kMeanings, code, &NoteMeaning::code);
    const auto check = "machine." + code;
    const bool known = meaning != kMeanings.end();
    if (known && meaning->verdict == Verdict::good) {
      out.good(check, text);
    } else if (known && meaning->verdict == Verdict::fault) {
      out.fault(check, text, std::string(meaning->fix));
    } else {
      out.warning(check, text, known ? std::string(meaning->fix) : "b3iq-host inventory");
    }
  }
}

MachineView check_machine(const Installation& installation, Diagnosis& out) {
  inventory::InventoryOptions options;
  options.probe_command = {installation.host, std::string(inventory::kProbeCommand)};
  inventory::ProbeRunner runner(options.limits);
  const std::atomic<bool> stop = false;
  const auto found = inventory::probe_once(options, runner, stop);
  judge_notes(found.notes, out);
  return {usable_memory(found.memory), usable_gpus(found)};
}

}  // namespace b3iq::agent

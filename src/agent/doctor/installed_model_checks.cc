#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "agent/doctor/doctor_checks.h"
#include "agent/runtime_factory.h"

namespace b3iq::agent {
namespace {

// Hashing gigabytes would take minutes; the size tells of a file that was cut off or replaced.
bool check_file(const runtimes::HostedModel& model, Diagnosis& out) {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(model.path, missing);
  if (!missing && bytes == static_cast<std::uintmax_t>(model.size_bytes)) return true;
  out.fault("models.files",
            missing ? fmt::format("The file of '{}' is gone: {}. Remove the model, then install it "
                                  "again.",
                                  model.name, model.path)
                    : fmt::format("The file of '{}' has {} bytes instead of {}: {}. Remove the "
                                  "model, then install it again.",
                                  model.name, bytes, model.size_bytes, model.path),
            fmt::format("b3iq-host models remove {}", shell_word(model.name)));
  return false;
}

bool check_budget(const runtimes::HostedModel& model, const InstalledModelSettings& settings,
                  const MachineView& machine, Diagnosis& out) {
  // What a GPU holds is not the machine's memory.
  if (settings.gpu_layers != 0 && machine.usable_gpus.value_or(0) > 0) return true;
  const auto machine_bytes = static_cast<std::int64_t>(machine.memory_bytes.value_or(0));
  const auto most = settings.memory_bytes > 0 ? settings.memory_bytes : machine_bytes;
  if (most == 0 || model.memory_bytes <= most) return true;
  constexpr double kMiB = 1024.0 * 1024;
  out.fault(
      "models.memory",
      fmt::format("'{}' needs {:.0f} MiB{}, and models may use {:.0f} MiB: it is never "
                  "loaded.",
                  model.name, static_cast<double>(model.memory_bytes) / kMiB,
                  model.memory_measured ? "" : " by an estimate", static_cast<double>(most) / kMiB),
      settings.memory_bytes > 0 && model.memory_bytes <= machine_bytes
          ? "Raise models.memory in config.json, or lower models.context_tokens or "
            "models.slots."
          : "Lower models.context_tokens or models.slots in config.json, or install a "
            "smaller model or quantisation.");
  return false;
}

}  // namespace

void check_installed_models(const Home& home, const std::vector<InstalledModel>& models,
                            const InstalledModelSettings& settings, const MachineView& machine,
                            OfferedModels& offered, Diagnosis& out) {
  auto& names = offered[std::string(kInstalledRuntime)];
  bool files = true;
  bool memory = true;
  for (const auto& model : models) {
    const auto hosted = hosted_model(model, home.models());
    // A fault of its own: names that lead to it are not wrong.
    names.push_back(hosted.name);
    files = check_file(hosted, out) && files;
    memory = check_budget(hosted, settings, machine, out) && memory;
  }
  if (files) out.good("models.files", fmt::format("installed models: {}", models.size()));
  if (memory) out.good("models.memory", fmt::format("installed models: {}", models.size()));
}

}  // namespace b3iq::agent

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "agent/doctor/doctor_checks.h"
#include "agent/runtime_factory.h"
#include "gguf/gguf.h"
#include "gguf/memory_estimate.h"

namespace b3iq::agent {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
// What the worker takes of a model that could do more (runtimes/embedded/worker).
constexpr std::uint64_t kDefaultContextTokens = 4096;

bool has_gpu_library(const std::string& folder) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename();
    for (const auto* const kind : {"libggml-cuda", "libggml-vulkan", "libggml-hip", "libggml-sycl"})
      if (name.starts_with(kind)) return true;
  }
  return false;
}

void check_memory(const std::string& check, const RuntimeSettings& runtime,
                  const gguf::Facts& facts, const MachineView& machine, Diagnosis& out) {
  auto context = static_cast<std::uint64_t>(runtime.context_tokens);
  if (context == 0) context = std::min(facts.context_length.value_or(0), kDefaultContextTokens);
  gguf::MemoryUse use;
  // A model for embeddings computes all inputs in one place.
  const bool embeds = facts.kind == gguf::ModelKind::embedding;
  use.context_tokens = embeds ? context : context * static_cast<std::uint64_t>(runtime.slots);
  const auto need = gguf::estimate_memory(facts, use);
  if (need.ok()) {
    judge_memory(check, need->total_bytes, machine.memory_bytes, out);
  } else {
    out.warning(check, need.error().detail, "Try it: b3iq-host serve, then b3iq-host status");
  }
}

// Nothing when the file is no model.
std::optional<gguf::Facts> check_file(const std::string& prefix, const std::string& path,
                                      bool built_in, Diagnosis& out) {
  if (::access(path.c_str(), R_OK) != 0) {
    // The built-in model's absence is install.model's finding.
    if (!built_in)
      out.fault(prefix + ".model", fmt::format("The model file {} is missing.", path),
                "Put the file there, or correct `model` of this runtime in config.json.");
    return std::nullopt;
  }
  if (!built_in) out.good(prefix + ".model", path);
  auto facts = gguf::read_file(path);
  if (!facts.ok()) {
    out.fault(prefix + ".gguf", fmt::format("{}: {}", path, facts.error().detail),
              built_in ? "Install the program again, or build it: ./run build"
                       : "Download the model file again.");
    return std::nullopt;
  }
  out.good(prefix + ".gguf", facts->name.value_or(facts->architecture));
  return *std::move(facts);
}

}  // namespace

void judge_memory(const std::string& check, std::uint64_t needed_bytes,
                  std::optional<std::uint64_t> memory_bytes, Diagnosis& out) {
  const auto needed = static_cast<double>(needed_bytes) / kGiB;
  if (!memory_bytes) {
    out.good(check, fmt::format("needs about {:.1f} GiB; how much there is is not known", needed));
    return;
  }
  const auto text = fmt::format("needs about {:.1f} GiB of {:.1f} GiB", needed,
                                static_cast<double>(*memory_bytes) / kGiB);
  if (needed_bytes > *memory_bytes) {
    out.fault(check, text,
              "Take a smaller model or quantisation, or lower context_tokens or slots of this "
              "runtime in config.json.");
  } else {
    out.good(check, text);
  }
}

void judge_gpu(const std::string& check, std::optional<int> usable_gpus, bool has_library,
               Diagnosis& out) {
  if (!usable_gpus) {
    out.warning(check, "It is not known whether this machine has a GPU.", "b3iq-host inventory");
  } else if (*usable_gpus == 0) {
    out.fault(check, "gpu_layers asks for a GPU, and this machine has none.",
              "Set gpu_layers of this runtime to 0 in config.json.");
  } else if (!has_library) {
    out.fault(
        check, "gpu_layers asks for a GPU, and no library for one is installed.",
        "Install a build with the GPU's library (docs/operating/gpu.md), or set gpu_layers of "
        "this runtime to 0.");
  } else {
    out.good(check, fmt::format("{} GPUs", *usable_gpus));
  }
}

void check_embedded(const RuntimeSettings& runtime, const Installation& installation,
                    const MachineView& machine, OfferedModels& offered, Diagnosis& out) {
  const auto prefix = "runtime." + runtime.id;
  const auto model = embedded_model(runtime, installation);
  offered[runtime.id] = {model.name};
  const auto facts = check_file(prefix, model.path, runtime.model_path.empty(), out);
  if (runtime.gpu_layers != 0)
    judge_gpu(prefix + ".gpu", machine.usable_gpus, has_gpu_library(installation.llama_folder),
              out);
  // What a GPU holds is not the machine's memory.
  const bool on_gpu = runtime.gpu_layers != 0 && machine.usable_gpus.value_or(0) > 0;
  if (facts && !on_gpu) check_memory(prefix + ".memory", runtime, *facts, machine, out);
}

}  // namespace b3iq::agent

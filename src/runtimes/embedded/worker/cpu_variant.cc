#include "runtimes/embedded/worker/cpu_variant.h"

#include <dlfcn.h>
#include <ggml-backend.h>
#include <gguf.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace b3iq::runtimes::worker {
namespace {

constexpr const char* kAvx2Library = "libggml-cpu-haswell.so";

// Set when both are loaded.
ggml_backend_reg_t default_kernels = nullptr;
ggml_backend_reg_t avx2_kernels = nullptr;

ggml_backend_reg_t cpu_kernels() {
  ggml_backend_dev_t device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  return device == nullptr ? nullptr : ggml_backend_dev_backend_reg(device);
}

bool cpu_has_wider_than_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#else
  return false;
#endif
}

std::optional<std::uint32_t> number(const gguf_context* file, const std::string& key) {
  const std::int64_t at = gguf_find_key(file, key.c_str());
  if (at < 0 || gguf_get_kv_type(file, at) != GGUF_TYPE_UINT32) return std::nullopt;
  return gguf_get_val_u32(file, at);
}

// 0 when the file does not tell.
std::uint32_t head_size(const gguf_context* file) {
  const std::int64_t at = gguf_find_key(file, "general.architecture");
  if (at < 0 || gguf_get_kv_type(file, at) != GGUF_TYPE_STRING) return 0;
  const std::string prefix = gguf_get_val_str(file, at);
  if (auto length = number(file, prefix + ".attention.key_length")) return *length;
  auto width = number(file, prefix + ".embedding_length");
  auto heads = number(file, prefix + ".attention.head_count");
  return width && heads && *heads > 0 ? *width / *heads : 0;
}

// The build of the CPU's kernels that says of itself that it fits this CPU best: the library's own
// choice, which it makes only together with loading every other back end that lies there. Empty
// when there is none.
std::string best_cpu_library(const std::string& lib_dir) {
  std::string best;
  int best_score = 0;
  std::error_code ignored;  // an empty result says it
  for (const auto& entry : std::filesystem::directory_iterator(lib_dir, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("libggml-cpu") || !name.ends_with(".so")) continue;
    void* const library = dlopen(entry.path().c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    const auto score = reinterpret_cast<int (*)()>(dlsym(library, "ggml_backend_score"));
    const int points = score == nullptr ? 1 : score();
    if (points > best_score) {
      best_score = points;
      best = entry.path().string();
    }
    dlclose(library);
  }
  return best;
}

struct GgufDeleter {
  void operator()(gguf_context* file) const { gguf_free(file); }
};

}  // namespace

void load_kernels(const std::string& lib_dir, bool gpu) {
  const std::string best = gpu ? std::string() : best_cpu_library(lib_dir);
  if (best.empty()) {
    ggml_backend_load_all_from_path(lib_dir.c_str());
  } else {
    ggml_backend_load(best.c_str());
  }
  const std::string path = lib_dir + "/" + kAvx2Library;
  if (!cpu_has_wider_than_avx2() || access(path.c_str(), R_OK) != 0) return;
  default_kernels = cpu_kernels();
  avx2_kernels = ggml_backend_load(path.c_str());
}

std::string keep_fitting_variant(std::FILE* file) {
  if (avx2_kernels == nullptr || avx2_kernels == default_kernels) return "default";
  std::unique_ptr<gguf_context, GgufDeleter> header(gguf_init_from_file_ptr(file, {true, nullptr}));
  const std::uint32_t size = header ? head_size(header.get()) : 0;
  const bool rewound = std::fseek(file, 0, SEEK_SET) == 0;  // if not, loading the model says so
  const bool small = rewound && size > 0 && size < kSmallHead;
  ggml_backend_unload(small ? default_kernels : avx2_kernels);
  return small ? "avx2" : "default";
}

}  // namespace b3iq::runtimes::worker

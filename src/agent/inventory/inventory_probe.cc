#include "agent/inventory/inventory_probe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "agent/inventory/disk_reader.h"
#include "agent/inventory/inventory_json.h"
#include "agent/inventory/kernel_files.h"
#include "agent/inventory/machine_reader.h"
#include "agent/inventory/nvidia_reader.h"
#include "agent/inventory/sysfs_gpu_reader.h"
#include "agent/inventory/topology_reader.h"

namespace b3iq::agent::inventory {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 64;
// The agent kills a probe long before; this is for one whose agent is gone.
constexpr unsigned kLongestLifeS = 60;

struct Options {
  std::string part, path, root, nvml, synthetic;
  std::int64_t parent = 0;
};

std::optional<Options> parse(std::span<const char* const> arguments) {
  if (arguments.empty() || arguments.size() % 2 == 0) return std::nullopt;
  Options options;
  options.part = arguments[0];
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const std::string_view name = arguments[i], value = arguments[i + 1];
    if (name == "--parent") {
      const auto pid = whole_number(value);
      if (!pid || *pid <= 0) return std::nullopt;
      options.parent = *pid;
    } else if (name == "--path") {
      options.path = value;
    } else if (name == "--root") {
      options.root = value;
    } else if (name == "--nvml") {
      options.nvml = value;
    } else if (name == "--synthetic") {
      options.synthetic = value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

std::optional<std::string> report_of(const Options& options) {
  if (options.part == "machine") return report_text(read_machine(options.root));
  if (options.part == "topology")
    return report_text(read_topology({options.root, options.synthetic}));
  if (options.part == "nvidia") return report_text(read_nvidia(options.nvml));
  if (options.part == "gpus") return report_text(read_sysfs_gpus(options.root));
  if (options.part == "disk" && options.path.starts_with('/'))
    return report_text(read_disk(options.root, options.path));
  return std::nullopt;
}

// False when the agent is gone already.
bool live_with_parent(std::int64_t parent) {
  const rlimit no_core{1, 1};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::alarm(kLongestLifeS);
  if (parent == 0) return true;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == parent;
}

// The report's own way out; what a driver's library prints goes nowhere.
int take_standard_output() {
  const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (out < 0 || nowhere < 0 || ::dup2(nowhere, STDOUT_FILENO) < 0) return -1;
  return out;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

int run_inventory_probe(std::span<const char* const> arguments) {
  const auto options = parse(arguments);
  if (!options) return kExitUsage;
  if (!live_with_parent(options->parent)) return kExitFailed;
  const int out = take_standard_output();
  if (out < 0) return kExitFailed;
  const auto report = report_of(*options);
  if (!report) return kExitUsage;
  return write_all(out, *report) ? 0 : kExitFailed;
}

}  // namespace b3iq::agent::inventory

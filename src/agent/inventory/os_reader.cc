#include <sys/utsname.h>

#include <array>
#include <utility>

#include "agent/inventory/kernel_files.h"
#include "agent/inventory/machine_reader.h"
#include "base/text.h"

namespace b3iq::agent::inventory {
namespace {

// A value of os-release(5): NAME=value, 'value' or "value" with \" \$ \\ \` escaped.
std::optional<std::string> release_value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = base::trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(
        std::min(text.size(), text.find('\n') == text.npos ? text.size() : text.find('\n') + 1));
    if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") continue;
    std::string_view value = line.substr(name.size() + 1);
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      out.push_back(value[i]);
    }
    if (out.empty()) return std::nullopt;
    return out;
  }
  return std::nullopt;
}

void read_release(const std::string& root, Os& os, Findings& findings) {
  auto text = read_kernel_text(root + "/etc/os-release");
  if (!text.ok()) text = read_kernel_text(root + "/usr/lib/os-release");
  if (!text.ok()) {
    for (const char* field : {"os.name", "os.id", "os.version"})
      findings.no(field, text.error().detail);
    return;
  }
  const auto take = [&](Text& value, const char* field, std::string_view name) {
    value = release_value(*text, name);
    if (!value) findings.no(field, "os-release has no " + std::string(name) + ".");
  };
  take(os.name, "os.name", "PRETTY_NAME");
  take(os.id, "os.id", "ID");
  take(os.version, "os.version", "VERSION_ID");
}

struct Maker {
  std::string_view text;  // in the firmware's vendor or product name
  std::string_view name;
};
constexpr std::array kHypervisors = {
    Maker{"Amazon EC2", "amazon"},
    Maker{"Google", "google"},
    Maker{"KVM", "kvm"},
    Maker{"QEMU", "qemu"},
    Maker{"VMware", "vmware"},
    Maker{"VirtualBox", "virtualbox"},
    Maker{"innotek", "virtualbox"},
    Maker{"Xen", "xen"},
    Maker{"Parallels", "parallels"},
    Maker{"OpenStack", "openstack"},
    Maker{"Virtual Machine", "hyperv"},
    Maker{"Apple Virtualization", "apple"},
};

std::optional<std::string> known_hypervisor(const std::string& root) {
  if (const auto type = read_kernel_text(root + "/sys/hypervisor/type");
      type.ok() && !type->empty())
    return *type;
  std::string names;
  for (const char* file : {"sys_vendor", "product_name"}) {
    const auto text = read_kernel_text(root + "/sys/class/dmi/id/" + file);
    if (text.ok()) names += *text + "\n";
  }
  for (const Maker& maker : kHypervisors) {
    if (names.find(maker.text) != names.npos) return std::string(maker.name);
  }
  return std::nullopt;
}

void read_virtual_machine(const std::string& root, Os& os, Findings& findings) {
  os.virtual_machine = known_hypervisor(root);
  if (os.virtual_machine) return;
  const auto cpuinfo = read_kernel_text(root + "/proc/cpuinfo");
  const auto flags = cpuinfo.ok() ? colon_value(*cpuinfo, "flags") : std::nullopt;
  if (!flags) {
    findings.no("os.virtual_machine", "Neither the firmware nor the CPU says.");
  } else if ((" " + *flags + " ").find(" hypervisor ") != std::string::npos) {
    os.virtual_machine = "other";
  } else {
    os.virtual_machine = "none";
  }
}

std::string container_of(const std::string& root) {
  if (file_exists(root + "/run/.containerenv")) return "podman";
  if (file_exists(root + "/.dockerenv")) return "docker";
  if (const auto kind = read_kernel_text(root + "/run/systemd/container");
      kind.ok() && !kind->empty())
    return *kind;
  const auto groups = read_kernel_text(root + "/proc/1/cgroup");
  for (const auto& [sign, name] :
       {std::pair{"kubepods", "kubernetes"}, {"docker", "docker"}, {"/lxc", "lxc"}}) {
    if (groups.ok() && groups->find(sign) != std::string::npos) return name;
  }
  return "none";
}

}  // namespace

Os read_os(const std::string& root, Findings& findings) {
  Os os;
  read_release(root, os, findings);
  utsname kernel{};
  if (::uname(&kernel) == 0) {
    os.kernel = kernel.release;
    os.architecture = kernel.machine;
  } else {
    findings.no("os.kernel", "uname failed.");
    findings.no("os.architecture", "uname failed.");
  }
  read_virtual_machine(root, os, findings);
  os.container = container_of(root);
  return os;
}

}  // namespace b3iq::agent::inventory

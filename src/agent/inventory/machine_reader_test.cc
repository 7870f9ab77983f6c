#include "agent/inventory/machine_reader.h"

#include <gtest/gtest.h>

#include "agent/inventory/control_group.h"
#include "agent/inventory/disk_reader.h"
#include "agent/inventory/fixture_tree.h"
#include "agent/inventory/kernel_files.h"
#include "agent/inventory/topology_reader.h"

namespace b3iq::agent::inventory {
namespace {

constexpr char kCpuinfo[] =
    "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Processor\n"
    "flags\t\t: fpu sse2 pni ssse3 avx avx2 avx512f amx_int8 hypervisor\n";

TEST(MachineReader, ReadsThisMachine) {
  const MachineReport report = read_machine("");
  EXPECT_TRUE(report.os.kernel && report.os.architecture);
  ASSERT_TRUE(report.memory.total_bytes);
  EXPECT_GT(*report.memory.total_bytes, 64 * 1024 * 1024);
  ASSERT_TRUE(report.cpu.allowed_cpus && report.cpu.usable_cpus);
  EXPECT_GE(*report.cpu.allowed_cpus, *report.cpu.usable_cpus);
  EXPECT_GE(*report.cpu.usable_cpus, 1);
}

TEST(MachineReader, NothingThatIsMissingIsZero) {
  const FixtureTree machine;  // an empty one
  const MachineReport report = read_machine(machine.root());
  EXPECT_FALSE(report.os.name || report.cpu.model || report.cpu.features ||
               report.cpu.logical_cpus);
  EXPECT_FALSE(report.memory.total_bytes || report.memory.swap_total_bytes);
  for (const char* field : {"os.name", "os.virtual_machine", "cpu.model", "cpu.features",
                            "cpu.logical_cpus", "memory.total_bytes", "memory.limit_bytes"})
    EXPECT_NE(reason_of(report.unknown, field), "") << field;
}

TEST(MachineReader, OperatingSystem) {
  const FixtureTree machine;
  machine.file("/etc/os-release",
               "PRETTY_NAME=\"Debian \\\"12\\\"\"\nID=debian\nVERSION_ID='12'\nNAME=x\n");
  machine.file("/proc/cpuinfo", kCpuinfo);
  machine.file("/sys/class/dmi/id/sys_vendor", "QEMU\n");
  machine.file("/run/.containerenv", "");
  Findings findings;
  const Os os = read_os(machine.root(), findings);
  EXPECT_EQ(os.name, "Debian \"12\"");
  EXPECT_EQ(os.id, "debian");
  EXPECT_EQ(os.version, "12");
  EXPECT_EQ(os.virtual_machine, "qemu");
  EXPECT_EQ(os.container, "podman");
  machine.remove("/sys/class/dmi/id/sys_vendor");
  EXPECT_EQ(read_os(machine.root(), findings).virtual_machine, "other");
  machine.file("/proc/cpuinfo", "flags\t: fpu sse2\n");
  EXPECT_EQ(read_os(machine.root(), findings).virtual_machine, "none");
}

TEST(MachineReader, CpuOfIntelAndOfArm) {
  const FixtureTree machine;
  machine.file("/proc/cpuinfo", kCpuinfo);
  machine.file("/sys/devices/system/cpu/online", "0-3,8\n");
  Findings findings;
  Cpu cpu = read_cpu(machine.root(), findings);
  EXPECT_EQ(cpu.vendor, "GenuineIntel");
  EXPECT_EQ(cpu.logical_cpus, 5);
  EXPECT_EQ(cpu.features,
            (std::vector<std::string>{"sse3", "ssse3", "avx", "avx2", "avx512f", "amx_int8"}));
  machine.file("/proc/cpuinfo",
               "processor : 0\nFeatures\t: fp asimd asimddp i8mm\nCPU implementer\t: 0x41\n");
  cpu = read_cpu(machine.root(), findings);
  EXPECT_EQ(cpu.vendor, "ARM");
  EXPECT_FALSE(cpu.model);
  EXPECT_EQ(cpu.features, (std::vector<std::string>{"asimd", "asimddp", "i8mm"}));
}

TEST(MachineReader, MemoryInBytes) {
  const FixtureTree machine;
  machine.file("/proc/meminfo",
               "MemTotal:       16384 kB\nMemAvailable:    8192 kB\nSwapTotal:  0 kB\n"
               "SwapFree: rubbish kB\n");
  Findings findings;
  const Memory memory = read_memory(machine.root(), findings);
  EXPECT_EQ(memory.total_bytes, 16 * 1024 * 1024);
  EXPECT_EQ(memory.available_bytes, 8 * 1024 * 1024);
  EXPECT_EQ(memory.swap_total_bytes, 0);  // said, so known
  EXPECT_FALSE(memory.swap_free_bytes);
}

TEST(ControlGroup, Version2TakesTheSmallestOfAllAbove) {
  const FixtureTree machine;
  machine.file("/proc/self/cgroup", "0::/system.slice/b3iq.service\n");
  machine.file("/sys/fs/cgroup/system.slice/b3iq.service/cpu.max", "max 100000\n");
  machine.file("/sys/fs/cgroup/system.slice/cpu.max", "250000 100000\n");
  machine.file("/sys/fs/cgroup/system.slice/b3iq.service/memory.max", "8589934592\n");
  machine.file("/sys/fs/cgroup/system.slice/memory.max", "4294967296\n");
  machine.file("/sys/fs/cgroup/system.slice/memory.current", "1000\n");
  const GroupLimits limits = read_group_limits(machine.root());
  EXPECT_EQ(limits.quota_millicpus, 2500);
  EXPECT_EQ(limits.memory_bytes, 4294967296);
  EXPECT_EQ(limits.memory_used_bytes, 1000);
}

TEST(ControlGroup, Version1) {
  const FixtureTree machine;
  machine.file("/proc/self/cgroup", "4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n");
  machine.file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  machine.file("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  machine.file("/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "1073741824\n");
  machine.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  const GroupLimits limits = read_group_limits(machine.root());
  EXPECT_EQ(limits.quota_millicpus, 500);
  EXPECT_EQ(limits.memory_bytes, 1073741824);
  EXPECT_FALSE(limits.memory_used_bytes);
}

TEST(ControlGroup, NoLimitIsNotZero) {
  const FixtureTree machine;
  machine.file("/proc/self/cgroup", "0::/../../escape\n0::/a\n");
  machine.file("/sys/fs/cgroup/a/cpu.max", "max 100000\n");
  machine.file("/sys/fs/cgroup/a/memory.max", "max\n");
  const GroupLimits limits = read_group_limits(machine.root());
  EXPECT_FALSE(limits.quota_millicpus || limits.memory_bytes);
  EXPECT_EQ(limits.cpu_reason, "No control group limits it.");
}

TEST(KernelFiles, CpuLists) {
  EXPECT_EQ(cpu_list_size("0"), 1);
  EXPECT_EQ(cpu_list_size("0-3,8,10-11"), 7);
  for (const char* bad : {"", "x", "3-1", "0-", "0-99999999999", "-1"})
    EXPECT_FALSE(cpu_list_size(bad)) << bad;
}

TEST(TopologyReader, CountsASyntheticMachine) {
  const TopologyReport report =
      read_topology({"", "pack:2 [numa] l3:1(size=33554432) l2:8 l1d:1 core:1 pu:2"});
  EXPECT_EQ(report.topology.packages, 2);
  EXPECT_EQ(report.topology.numa_nodes, 2);
  EXPECT_EQ(report.topology.physical_cores, 16);
  ASSERT_TRUE(report.topology.caches);
  const auto& caches = *report.topology.caches;
  ASSERT_EQ(caches.size(), 3u);
  EXPECT_EQ(caches[2].level, 3);
  EXPECT_EQ(caches[2].size_bytes, 33554432);
  EXPECT_EQ(caches[2].instances, 2);
}

TEST(TopologyReader, ADescriptionThatIsNoneIsUnknown) {
  const TopologyReport report = read_topology({"", "rubbish:x"});
  EXPECT_FALSE(report.topology.physical_cores || report.topology.caches);
  EXPECT_NE(reason_of(report.unknown, "topology"), "");
}

TEST(DiskReader, TheFileSystemThatAPathWouldBeOn) {
  const FixtureTree folder;
  const DiskReport report = read_disk("", folder.root() + "/not/yet/made");
  EXPECT_EQ(report.disk.path, folder.root() + "/not/yet/made");
  ASSERT_TRUE(report.disk.total_bytes && report.disk.free_bytes);
  EXPECT_GT(*report.disk.total_bytes, *report.disk.free_bytes);
  EXPECT_EQ(report.disk.read_only, false);
  EXPECT_TRUE(report.disk.type && report.disk.mount_point);
}

TEST(DiskReader, TheLongestMountAndTheLastOneWin) {
  const FixtureTree machine;
  machine.folder("/models dir");
  const std::string there = std::filesystem::canonical(machine.root() + "/models dir");
  std::string escaped = there;
  escaped.replace(escaped.find(' '), 1, "\\040");
  machine.file("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / " + escaped +
                                           " rw shared:1 - nfs4 host:/m rw\n3 1 0:6 / " + escaped +
                                           " rw - xfs /dev/sdb rw\n");
  const DiskReport report = read_disk(machine.root(), there);
  EXPECT_EQ(report.disk.type, "xfs");
  EXPECT_EQ(report.disk.mount_point, there);
}

TEST(DiskReader, APathThatCannotBeReachedIsUnknown) {
  const FixtureTree machine;
  machine.link("/loop", "loop");
  const DiskReport report = read_disk("", machine.root() + "/loop");
  EXPECT_FALSE(report.disk.total_bytes || report.disk.free_bytes || report.disk.read_only);
  EXPECT_NE(reason_of(report.unknown, "disk.free_bytes"), "");
  EXPECT_NE(note_of(report.notes, "disk_missing"), "");
}

}  // namespace
}  // namespace b3iq::agent::inventory

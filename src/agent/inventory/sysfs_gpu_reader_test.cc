#include "agent/inventory/sysfs_gpu_reader.h"

#include <gtest/gtest.h>

#include "agent/inventory/fixture_tree.h"

namespace b3iq::agent::inventory {
namespace {

// As amdgpu shows a Radeon RX 7900 XTX.
void add_radeon(const FixtureTree& machine, const std::string& address) {
  const std::string at = machine.pci_gpu(address, "1002", "744c", "amdgpu");
  machine.file(at + "/mem_info_vram_total", "25753026560\n");
  machine.file(at + "/mem_info_vram_used", "1048576000\n");
  machine.file(at + "/mem_info_vram_vendor", "samsung\n");
  machine.file(at + "/mem_info_gtt_total", "16515940352\n");
  machine.file(at + "/gpu_busy_percent", "63\n");
  machine.file(at + "/hwmon/hwmon4/temp1_input", "54000\n");
  machine.file(at + "/hwmon/hwmon4/power1_average", "301000000\n");
}

TEST(SysfsGpuReader, ARadeonCard) {
  const FixtureTree machine;
  add_radeon(machine, "0000:03:00.0");
  machine.file("/usr/share/misc/pci.ids",
               "# a comment\n1001  Other\n\t744c  Not this\n1002  AMD\n\t7448  Nor this\n"
               "\t744c  Navi 31 [Radeon RX 7900 XT/7900 XTX]\n\t\t1002 0e3b  A board\n");
  const GpuReport report = read_sysfs_gpus(machine.root());
  ASSERT_TRUE(report.gpus);
  ASSERT_EQ(report.gpus->size(), 1u);
  const Gpu& gpu = report.gpus->front();
  EXPECT_EQ(gpu.pci_address, "0000:03:00.0");
  EXPECT_EQ(gpu.pci_id, "1002:744c");
  EXPECT_EQ(gpu.vendor, "AMD");
  EXPECT_EQ(gpu.name, "Navi 31 [Radeon RX 7900 XT/7900 XTX]");
  EXPECT_EQ(gpu.driver, "amdgpu");
  EXPECT_EQ(gpu.memory_total_bytes, 25753026560);
  EXPECT_EQ(gpu.memory_used_bytes, 1048576000);
  EXPECT_EQ(gpu.memory_shared, false);
  EXPECT_EQ(gpu.utilization_percent, 63);
  EXPECT_EQ(gpu.temperature_c, 54);
  EXPECT_EQ(gpu.power_milliwatts, 301000);
  EXPECT_FALSE(gpu.driver_version);
  EXPECT_EQ(reason_of(report.unknown, "gpus[0].driver_version"),
            "The driver is part of the kernel.");
}

TEST(SysfsGpuReader, ARadeonInsideTheProcessorBorrowsMemory) {
  const FixtureTree machine;
  const std::string at = machine.pci_gpu("0000:c4:00.0", "1002", "150e", "amdgpu");
  machine.file(at + "/mem_info_vram_total", "536870912\n");
  machine.file(at + "/mem_info_vram_used", "420000000\n");
  machine.file(at + "/mem_info_vram_vendor", "unknown\n");
  machine.file(at + "/mem_info_gtt_total", "33285996544\n");
  const auto report = read_sysfs_gpus(machine.root());
  EXPECT_EQ(report.gpus->front().memory_shared, true);
  EXPECT_EQ(report.gpus->front().shared_total_bytes, 33285996544);
  EXPECT_FALSE(report.gpus->front().temperature_c);
}

TEST(SysfsGpuReader, IntelCardsAndProcessors) {
  const FixtureTree machine;
  machine.pci_gpu("0000:00:02.0", "8086", "46a6", "i915");
  const std::string arc = machine.pci_gpu("0000:03:00.0", "8086", "56a0", "xe");
  machine.file(arc + "/tile0/physical_vram_size_bytes", "17079205888\n");
  machine.file("/sys/module/xe/version", "1.1.0\n");
  const std::string flex = machine.pci_gpu("0000:04:00.0", "8086", "56c0", "i915");
  machine.file(flex + "/drm/card2/lmem_total_bytes", "16106127360\n");
  const auto report = read_sysfs_gpus(machine.root());
  ASSERT_EQ(report.gpus->size(), 3u);
  EXPECT_FALSE((*report.gpus)[0].memory_total_bytes);  // not zero
  EXPECT_NE(reason_of(report.unknown, "gpus[0].memory_total_bytes"), "");
  EXPECT_EQ((*report.gpus)[1].memory_total_bytes, 17079205888);
  EXPECT_EQ((*report.gpus)[1].driver_version, "1.1.0");
  EXPECT_EQ((*report.gpus)[2].memory_total_bytes, 16106127360);
  EXPECT_FALSE((*report.gpus)[1].memory_used_bytes);
}

TEST(SysfsGpuReader, ADeviceWithoutADriverAndAVirtualDisplay) {
  const FixtureTree machine;
  machine.pci_gpu("0000:01:00.0", "1002", "744c", "");
  machine.pci_gpu("0000:02:00.0", "1234", "1111", "bochs-drm");
  machine.file("/sys/bus/pci/devices/0000:00:1f.0/class", "0x060100\n");  // no display
  const auto report = read_sysfs_gpus(machine.root());
  ASSERT_EQ(report.gpus->size(), 2u);
  EXPECT_FALSE((*report.gpus)[0].driver);
  EXPECT_NE(note_of(report.notes, "gpu_without_driver").find("0000:01:00.0"), std::string::npos);
  EXPECT_EQ((*report.gpus)[1].display_only, true);
  EXPECT_NE(note_of(report.notes, "gpu_virtual").find("without computing power"),
            std::string::npos);
}

TEST(SysfsGpuReader, ABoardWithoutPci) {
  const FixtureTree machine;
  machine.folder("/sys/devices/platform/ff9a0000.gpu");
  machine.link("/sys/devices/platform/ff9a0000.gpu/subsystem", "../../../bus/platform");
  machine.link("/sys/devices/platform/ff9a0000.gpu/driver", "../../../bus/drivers/panfrost");
  machine.link("/sys/class/drm/card0/device", "../../../devices/platform/ff9a0000.gpu");
  machine.folder("/sys/class/drm/card0-HDMI-A-1");
  const auto report = read_sysfs_gpus(machine.root());
  ASSERT_EQ(report.gpus->size(), 1u);
  EXPECT_EQ(report.gpus->front().driver, "panfrost");
  EXPECT_FALSE(report.gpus->front().pci_address);
}

TEST(SysfsGpuReader, NoneAndUnknownAreNotTheSame) {
  const FixtureTree machine;
  EXPECT_FALSE(read_sysfs_gpus(machine.root()).gpus);
  EXPECT_NE(reason_of(read_sysfs_gpus(machine.root()).unknown, "gpus"), "");
  machine.folder("/sys/bus/pci/devices");
  ASSERT_TRUE(read_sysfs_gpus(machine.root()).gpus);
  EXPECT_TRUE(read_sysfs_gpus(machine.root()).gpus->empty());
}

TEST(SysfsGpuReader, G6_81_RubbishInTheKernelsFilesIsUnknown) {
  const FixtureTree machine;
  const std::string at = machine.pci_gpu("0000:03:00.0", "1002", "744c", "amdgpu");
  machine.file(at + "/mem_info_vram_total", "lots\n");
  machine.file(at + "/gpu_busy_percent", "");
  machine.file(at + "/hwmon/hwmon4/temp1_input", "99999999999999999999999\n");
  const auto report = read_sysfs_gpus(machine.root());
  const Gpu& gpu = report.gpus->front();
  EXPECT_FALSE(gpu.memory_total_bytes || gpu.utilization_percent || gpu.temperature_c);
  EXPECT_NE(reason_of(report.unknown, "gpus[0].memory_total_bytes").find("not a number"),
            std::string::npos);
}

}  // namespace
}  // namespace b3iq::agent::inventory

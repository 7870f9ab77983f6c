#include "agent/inventory/assemble.h"

#include <gtest/gtest.h>

#include "agent/inventory/fixture_tree.h"
#include "agent/inventory/impossible_values.h"

namespace b3iq::agent::inventory {
namespace {

using base::Error;
using base::ErrorCode;

Error failure(const char* why) { return {ErrorCode::upstream_failed, why}; }

Gpu gpu(const char* vendor, const char* address, const char* name) {
  Gpu out;
  out.vendor = vendor;
  if (*address != '\0') out.pci_address = address;
  out.name = name;
  return out;
}

GpuReport list(std::vector<Gpu> gpus) {
  GpuReport report;
  report.gpus = std::move(gpus);
  return report;
}
GpuReport no_library() {
  GpuReport report = list({});
  report.notes.push_back({"nvidia_library_missing", "cannot open shared object file"});
  return report;
}

Inventory with_gpus(base::Result<GpuReport> nvidia, base::Result<GpuReport> sysfs) {
  return assemble({MachineReport(), TopologyReport(), std::move(nvidia), std::move(sysfs), {}}, {});
}

TEST(Assemble, AnNvidiaGpuIsToldOnceAndByTheLibrary) {
  GpuReport nvidia = list({gpu("NVIDIA", "0000:01:00.0", "H100")});
  nvidia.unknown.push_back({"gpus[0].power_milliwatts", "not supported"});
  GpuReport sysfs =
      list({gpu("NVIDIA", "0000:01:00.0", "GH100"), gpu("AMD", "0000:03:00.0", "Navi")});
  sysfs.unknown.push_back({"gpus[0].memory_total_bytes", "not told"});
  sysfs.unknown.push_back({"gpus[1].temperature_c", "no sensor"});
  const Inventory out = with_gpus(std::move(nvidia), std::move(sysfs));
  ASSERT_EQ(out.gpus->size(), 2u);
  EXPECT_EQ((*out.gpus)[0].name, "H100");
  EXPECT_EQ((*out.gpus)[1].name, "Navi");
  EXPECT_EQ(out.gpus_complete, true);
  EXPECT_EQ(reason_of(out.unknown, "gpus[0].power_milliwatts"), "not supported");
  EXPECT_EQ(reason_of(out.unknown, "gpus[0].memory_total_bytes"), "");
  EXPECT_EQ(reason_of(out.unknown, "gpus[1].temperature_c"), "no sensor");
}

TEST(Assemble, NoGpuIsKnownWhereTheBusWasRead) {
  const Inventory out = with_gpus(no_library(), list({}));
  ASSERT_TRUE(out.gpus);
  EXPECT_TRUE(out.gpus->empty());
  EXPECT_EQ(out.gpus_complete, true);
  EXPECT_EQ(note_of(out.notes, "nvidia_library_missing"), "");  // nobody misses it
}

TEST(Assemble, G6_81_AGpuToolThatIsMissingIsToldWhereThereIsAGpu) {
  const Inventory out = with_gpus(no_library(), list({gpu("NVIDIA", "0000:01:00.0", "GH100")}));
  ASSERT_EQ(out.gpus->size(), 1u);
  EXPECT_FALSE(out.gpus->front().memory_total_bytes);
  const std::string note = note_of(out.notes, "nvidia_library_missing");
  EXPECT_NE(note.find("0000:01:00.0"), std::string::npos) << note;
  EXPECT_NE(note.find("cannot open shared object file"), std::string::npos) << note;
}

TEST(Assemble, G6_81_WithoutAnyEvidenceGpusAreUnknownNotNone) {
  const Inventory nothing = with_gpus(no_library(), failure("The probe did not answer."));
  EXPECT_FALSE(nothing.gpus);
  EXPECT_EQ(nothing.gpus_complete, false);
  EXPECT_EQ(reason_of(nothing.unknown, "gpus"), "The probe did not answer.");
  const Inventory both = with_gpus(failure("a"), failure("b"));
  EXPECT_FALSE(both.gpus);
}

TEST(Assemble, G6_81_WhenOnlyNvidiaHangsTheOthersAreTold) {
  const Inventory out = with_gpus(failure("The probe did not answer within 3000 ms."),
                                  list({gpu("AMD", "0000:03:00.0", "Navi")}));
  ASSERT_EQ(out.gpus->size(), 1u);
  EXPECT_EQ(out.gpus_complete, false);
  EXPECT_EQ(note_of(out.notes, "probe_failed"), "NVIDIA: The probe did not answer within 3000 ms.");
}

TEST(Assemble, AGpuThatNvmlLostIsNotToldTwice) {
  const Inventory out = with_gpus(
      list({gpu("NVIDIA", "0000:01:00.0", "H100"), gpu("NVIDIA", "", "")}),
      list({gpu("NVIDIA", "0000:01:00.0", "GH100"), gpu("NVIDIA", "0000:02:00.0", "GH100")}));
  ASSERT_EQ(out.gpus->size(), 2u);
  EXPECT_EQ((*out.gpus)[1].pci_address, "0000:02:00.0");
}

TEST(Assemble, AFailedPartIsUnknownAndTheRestStays) {
  MachineReport machine;
  machine.memory.total_bytes = 1000;
  const Inventory out = assemble(
      {machine, failure("hwloc hangs"), list({}), list({}), {failure("stale mount"), DiskReport()}},
      {{"home", "/home/a"}, {"models", "/mnt/m"}});
  EXPECT_EQ(out.memory.total_bytes, 1000);
  EXPECT_EQ(reason_of(out.unknown, "topology"), "hwloc hangs");
  ASSERT_EQ(out.disks->size(), 2u);
  EXPECT_EQ((*out.disks)[0].role, "home");
  EXPECT_EQ((*out.disks)[0].path, "/home/a");
  EXPECT_FALSE((*out.disks)[0].free_bytes);
  EXPECT_EQ(reason_of(out.unknown, "disks[0].free_bytes"), "stale mount");
}

TEST(ImpossibleValues, G6_81_NumbersThatCannotBeBecomeUnknown) {
  Inventory inventory;
  inventory.gpus.emplace(1);
  Gpu& gpu = inventory.gpus->front();
  gpu.memory_total_bytes = 80'000;
  gpu.memory_used_bytes = 90'000;
  gpu.temperature_c = 5000;
  gpu.utilization_percent = 4'000'000'000;
  gpu.power_milliwatts = -1;
  inventory.memory.total_bytes = 0;
  inventory.memory.available_bytes = -5;
  inventory.cpu.logical_cpus = 0;
  remove_impossible(inventory);
  EXPECT_FALSE(gpu.memory_total_bytes || gpu.memory_used_bytes || gpu.temperature_c ||
               gpu.utilization_percent || gpu.power_milliwatts);
  EXPECT_FALSE(inventory.memory.total_bytes || inventory.memory.available_bytes);
  EXPECT_FALSE(inventory.cpu.logical_cpus);
  EXPECT_EQ(reason_of(inventory.unknown, "gpus[0].memory_used_bytes"),
            "The machine said 90000 of 80000, which cannot be.");
  EXPECT_NE(note_of(inventory.notes, "value_impossible"), "");
}

TEST(ImpossibleValues, WhatCanBeStays) {
  Inventory inventory;
  inventory.gpus.emplace(1);
  Gpu& gpu = inventory.gpus->front();
  gpu.memory_total_bytes = 80'000;
  gpu.memory_used_bytes = 0;  // known to be zero
  gpu.temperature_c = 0;
  gpu.utilization_percent = 100;
  inventory.memory.swap_total_bytes = 0;
  remove_impossible(inventory);
  EXPECT_EQ(gpu.memory_used_bytes, 0);
  EXPECT_EQ(gpu.temperature_c, 0);
  EXPECT_EQ(inventory.memory.swap_total_bytes, 0);
  EXPECT_TRUE(inventory.unknown.empty() && inventory.notes.empty());
}

}  // namespace
}  // namespace b3iq::agent::inventory

// NVML, by a library of ours that behaves as its file's name says (testdata/fake_nvml.cc).
#include "agent/inventory/nvidia_reader.h"

#include <gtest/gtest.h>

#include "agent/inventory/fixture_tree.h"

namespace b3iq::agent::inventory {
namespace {

class NvidiaReader : public ::testing::Test {
 protected:
  GpuReport read(const std::string& mode) {
    const std::string library = folder_.root() + "/" + mode + ".so";
    if (!std::filesystem::exists(library)) std::filesystem::copy(B3IQ_FAKE_NVML, library);
    return read_nvidia(library);
  }
  FixtureTree folder_;
};

TEST_F(NvidiaReader, AHealthyGpu) {
  const GpuReport report = read("one");
  ASSERT_TRUE(report.gpus);
  ASSERT_EQ(report.gpus->size(), 1u);
  const Gpu& gpu = report.gpus->front();
  EXPECT_EQ(gpu.name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(gpu.vendor, "NVIDIA");
  EXPECT_EQ(gpu.pci_address, "0000:01:00.0");
  EXPECT_EQ(gpu.pci_id, "10de:2330");
  EXPECT_EQ(gpu.driver_version, "550.54.15");
  EXPECT_EQ(gpu.memory_total_bytes, 85520809984);
  EXPECT_EQ(gpu.memory_used_bytes, 5000000000);
  EXPECT_EQ(gpu.utilization_percent, 37);
  EXPECT_EQ(gpu.temperature_c, 41);
  EXPECT_EQ(gpu.compute_capability, "9.0");
  EXPECT_EQ(gpu.mig, false);
  EXPECT_FALSE(gpu.power_milliwatts);  // "not supported" is unknown
  EXPECT_NE(reason_of(report.unknown, "gpus[0].power_milliwatts").find("NVML error 3"),
            std::string::npos);
}

TEST_F(NvidiaReader, TwoGpusOneOfThemInSlices) {
  const GpuReport report = read("two");
  ASSERT_EQ(report.gpus->size(), 2u);
  EXPECT_EQ((*report.gpus)[1].pci_address, "0000:02:00.0");
  EXPECT_EQ((*report.gpus)[1].mig, true);
  const std::string note = note_of(report.notes, "gpu_mig");
  EXPECT_NE(note.find("0000:02:00.0"), std::string::npos) << note;
  EXPECT_NE(note.find("H100 MIG 1g.10gb, NVIDIA H100 MIG 1g.10gb"), std::string::npos) << note;
}

TEST_F(NvidiaReader, NoGpu) {
  const GpuReport report = read("none");
  ASSERT_TRUE(report.gpus);
  EXPECT_TRUE(report.gpus->empty());
}

TEST_F(NvidiaReader, G6_81_TheLibraryIsMissing) {
  const GpuReport report = read_nvidia(folder_.root() + "/nothing.so");
  EXPECT_NE(note_of(report.notes, "nvidia_library_missing"), "");
}

TEST_F(NvidiaReader, G6_81_AnotherLibraryByThatName) {
  const GpuReport report = read_nvidia("libm.so.6");
  EXPECT_FALSE(report.gpus);
  EXPECT_NE(note_of(report.notes, "nvidia_driver_failed"), "");
}

TEST_F(NvidiaReader, G6_81_DriverAndLibraryOfDifferentVersions) {
  const GpuReport report = read("mismatch");
  EXPECT_FALSE(report.gpus);
  EXPECT_NE(note_of(report.notes, "nvidia_driver_mismatch").find("Restart"), std::string::npos);
  EXPECT_NE(reason_of(report.unknown, "gpus").find("version mismatch"), std::string::npos);
}

TEST_F(NvidiaReader, G6_81_TheDriverIsNotLoaded) {
  const GpuReport report = read("unloaded");
  EXPECT_FALSE(report.gpus);
  EXPECT_NE(note_of(report.notes, "nvidia_driver_failed").find("not loaded"), std::string::npos);
}

TEST_F(NvidiaReader, G6_81_OneOfTwoGpusIsLost) {
  const GpuReport report = read("lost");
  ASSERT_EQ(report.gpus->size(), 2u);
  EXPECT_TRUE((*report.gpus)[0].memory_total_bytes);
  const Gpu& lost = (*report.gpus)[1];
  EXPECT_FALSE(lost.name || lost.memory_total_bytes || lost.memory_used_bytes ||
               lost.utilization_percent || lost.temperature_c);
  EXPECT_NE(reason_of(report.unknown, "gpus[1].memory_used_bytes").find("GPU is lost"),
            std::string::npos);
  EXPECT_NE(note_of(report.notes, "gpu_lost").find("does not answer"), std::string::npos);
}

TEST_F(NvidiaReader, G6_81_AMillionGpusAreNotBelieved) {
  const GpuReport report = read("count");
  EXPECT_FALSE(report.gpus);
  EXPECT_NE(reason_of(report.unknown, "gpus").find("1000000"), std::string::npos);
}

}  // namespace
}  // namespace b3iq::agent::inventory

// The whole way: service, thread, probe processes, reports, inventory.
#include "agent/inventory/inventory_service.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "agent/cli/run_task.h"
#include "agent/inventory/fixture_tree.h"
#include "agent/inventory/inventory_json.h"
#include "http/event_loop.h"

namespace b3iq::agent::inventory {
namespace {

class Service : public ::testing::Test {
 protected:
  Service() {
    options_.probe_command = {B3IQ_INVENTORY_PROBE};
    options_.disks = {{"home", machine_.root()}};
    options_.limits.deadline_ms = 30'000;
    options_.fresh_ms = 1'000;
    nvidia("none");
  }
  // The next probes meet a library that behaves so; "" for none.
  void nvidia(const std::string& mode) {
    const std::string library = machine_.root() + "/" + mode + ".so";
    if (!mode.empty() && !std::filesystem::exists(library))
      std::filesystem::copy(B3IQ_FAKE_NVML, library);
    options_.probe_options = {"--root", machine_.root(), "--nvml", library};
  }
  void start() { service_.emplace(options_, clock_, loop_); }
  SnapshotPtr snapshot() {
    if (!service_) start();
    auto result = run_task(loop_, service_->snapshot());
    EXPECT_TRUE(result.ok());
    return result.ok() ? *result : nullptr;
  }
  // One inventory, whatever was before.
  Inventory probe() {
    ProbeRunner runner(options_.limits);
    const std::atomic<bool> stop = false;
    return probe_once(options_, runner, stop);
  }
  void add_radeon() {
    const std::string at = machine_.pci_gpu("0000:03:00.0", "1002", "744c", "amdgpu");
    machine_.file(at + "/mem_info_vram_total", "25753026560\n");
    machine_.file(at + "/mem_info_vram_used", "1048576000\n");
  }

  FixtureTree machine_;
  InventoryOptions options_;
  base::FakeClock clock_;
  http::EventLoop loop_;
  std::optional<InventoryService> service_;
};

TEST_F(Service, ReadsThisMachine) {
  options_.probe_options.clear();
  const auto taken = snapshot();
  ASSERT_TRUE(taken);
  const Inventory& inventory = taken->inventory;
  EXPECT_TRUE(inventory.os.kernel && inventory.memory.total_bytes && inventory.cpu.usable_cpus);
  ASSERT_EQ(inventory.disks->size(), 1u);
  EXPECT_TRUE(inventory.disks->front().total_bytes);
  std::string text;
  json::Writer writer(text);
  write_snapshot(writer, *taken, service_->age_ms(*taken));
  const auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok()) << text;
  EXPECT_EQ(document->root().find("version").integer(), 1);
  EXPECT_EQ(document->root().find("content_hash").string(), taken->content_hash);
  EXPECT_TRUE(document->root().find("inventory").find("gpus"));
}

TEST_F(Service, GivesTheSameOneWhileItIsFreshAndTellsItsAge) {
  const auto first = snapshot();
  EXPECT_EQ(service_->age_ms(*first), 0);
  clock_.advance_ms(1'000);
  EXPECT_EQ(snapshot(), first);
  EXPECT_EQ(service_->age_ms(*first), 1'000);
  clock_.advance_ms(1);
  const auto second = snapshot();
  EXPECT_NE(second, first);
  EXPECT_EQ(second->content_hash, first->content_hash);
  EXPECT_EQ(service_->latest(), second);
}

TEST_F(Service, ManyWhoAskAtOnceWaitForOneProbe) {
  start();
  std::vector<SnapshotPtr> got;
  const auto ask = [](InventoryService& service,
                      std::vector<SnapshotPtr>& out) -> base::Task<void> {
    auto result = co_await service.snapshot();
    out.push_back(result.ok() ? *result : nullptr);
  };
  const auto all = [&]() -> base::Task<int> {
    for (int i = 0; i < 20; ++i) base::detach(ask(*service_, got));
    while (got.size() < 20) co_await loop_.sleep(1);
    co_return 0;
  };
  run_task(loop_, all());
  for (const auto& one : got) EXPECT_EQ(one, got.front());
  EXPECT_TRUE(got.front());
}

TEST_F(Service, GoesAwayInTheMiddleOfAProbe) {
  nvidia("hang");
  start();
  std::optional<base::ErrorCode> code;
  const auto ask = [&]() -> base::Task<void> {
    auto result = co_await service_->snapshot();
    if (!result.ok()) code = result.error().code;
  };
  loop_.post([&] {
    base::detach(ask());
    service_.reset();
    loop_.post([&] { loop_.post([&] { loop_.stop(); }); });
  });
  loop_.run();
  EXPECT_EQ(code, base::ErrorCode::shutting_down);
}

TEST_F(Service, AGpuOfEachVendor) {
  nvidia("one");
  add_radeon();
  machine_.pci_gpu("0000:01:00.0", "10de", "2330", "nvidia");
  const Inventory inventory = probe();
  ASSERT_EQ(inventory.gpus->size(), 2u);
  EXPECT_EQ((*inventory.gpus)[0].memory_used_bytes, 5000000000);
  EXPECT_EQ((*inventory.gpus)[1].vendor, "AMD");
  EXPECT_EQ(inventory.gpus_complete, true);
}

TEST_F(Service, G6_81_AGpuLibraryThatHangs) {
  nvidia("hang");
  add_radeon();
  options_.limits.deadline_ms = 1'500;
  const Inventory inventory = probe();
  EXPECT_EQ(note_of(inventory.notes, "probe_failed"),
            "NVIDIA: The probe did not answer within 1500 ms.");
  ASSERT_TRUE(inventory.gpus);
  EXPECT_EQ(inventory.gpus->front().vendor, "AMD");  // the others are there
  EXPECT_EQ(inventory.gpus_complete, false);
  EXPECT_TRUE(inventory.os.kernel);
}

TEST_F(Service, G6_81_AGpuLibraryThatCrashes) {
  nvidia("crash");
  machine_.folder("/sys/bus/pci/devices");
  const Inventory inventory = probe();
  EXPECT_NE(note_of(inventory.notes, "probe_failed").find("signal 6"), std::string::npos);
  EXPECT_EQ(inventory.gpus_complete, false);
}

TEST_F(Service, G6_81_AGpuLibraryThatLies) {
  nvidia("lie");
  const Inventory inventory = probe();
  ASSERT_EQ(inventory.gpus->size(), 1u);
  const Gpu& gpu = inventory.gpus->front();
  EXPECT_EQ(gpu.name, "NVIDIA H100 80GB HBM3");
  EXPECT_FALSE(gpu.memory_total_bytes || gpu.memory_used_bytes || gpu.temperature_c ||
               gpu.utilization_percent);
  EXPECT_NE(reason_of(inventory.unknown, "gpus[0].temperature_c").find("5000"), std::string::npos);
}

TEST_F(Service, G6_81_AGpuLibraryThatPrintsRubbishAndTerminalSequences) {
  nvidia("rude");
  const Inventory inventory = probe();
  ASSERT_TRUE(inventory.gpus) << note_of(inventory.notes, "probe_failed");
  EXPECT_EQ(inventory.gpus->front().name, std::string(128, '?'));
}

TEST_F(Service, G6_81_NoToolNoSysfsNothingIsZero) {
  nvidia("");
  const Inventory inventory = probe();
  EXPECT_FALSE(inventory.gpus || inventory.memory.total_bytes || inventory.cpu.model);
  EXPECT_NE(reason_of(inventory.unknown, "gpus"), "");
}

TEST_F(Service, G6_81_AProbeThatPrintsRubbish) {
  options_.probe_command = {"/bin/sh", "-c", "echo 'Segmentation fault (core dumped)'"};
  const Inventory inventory = probe();
  EXPECT_FALSE(inventory.gpus || inventory.os.kernel || inventory.memory.total_bytes);
  EXPECT_NE(reason_of(inventory.unknown, "memory").find("not JSON"), std::string::npos);
  EXPECT_NE(reason_of(inventory.unknown, "disks[0].free_bytes"), "");
}

TEST_F(Service, G6_81_EveryProbeHangsAndTheLoopGoesOn) {
  options_.probe_command = {"/bin/sh", "-c", "sleep 1000"};
  options_.limits.deadline_ms = 300;
  start();
  int turns = 0;
  bool answered = false;
  const auto ask = [&]() -> base::Task<void> {
    auto result = co_await service_->snapshot();
    answered = result.ok() && !(*result)->inventory.gpus;
  };
  const auto all = [&]() -> base::Task<int> {
    base::detach(ask());
    for (; !answered && turns < 100'000; ++turns) co_await loop_.sleep(1);
    co_return 0;
  };
  run_task(loop_, all());
  EXPECT_TRUE(answered);
  EXPECT_GT(turns, 20);  // the loop was not held up
}

TEST_F(Service, G6_81_AGpuThatIsTakenOutIsToldUntilItIsBack) {
  add_radeon();
  EXPECT_EQ(note_of(snapshot()->inventory.notes, "gpu_gone"), "");
  machine_.remove("/sys/bus/pci/devices/0000:03:00.0");
  for (int i = 0; i < 2; ++i) {
    clock_.advance_ms(5'000);
    const auto without = snapshot();
    EXPECT_TRUE(without->inventory.gpus->empty());
    EXPECT_NE(note_of(without->inventory.notes, "gpu_gone").find("0000:03:00.0"),
              std::string::npos);
  }
  add_radeon();
  clock_.advance_ms(5'000);
  EXPECT_EQ(note_of(snapshot()->inventory.notes, "gpu_gone"), "");
}

TEST_F(Service, TheProbeRefusesArgumentsItDoesNotKnow) {
  ProbeRunner runner(options_.limits);
  const std::atomic<bool> stop = false;
  const auto ended = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), B3IQ_INVENTORY_PROBE);
    return runner.run({{"probe", arguments}}, stop).front().failure;
  };
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{},
                                                {"everything"},
                                                {"machine", "--root"},
                                                {"machine", "--what", "x"},
                                                {"disk"},
                                                {"disk", "--path", "relative"},
                                                {"machine", "--parent", "0"}})
    EXPECT_EQ(ended(wrong), "The probe ended with exit status 64.");
  // One whose agent is gone already.
  EXPECT_EQ(ended({"machine", "--parent", "1"}), "The probe ended with exit status 1.");
  EXPECT_EQ(ended({"machine"}), "");
}

}  // namespace
}  // namespace b3iq::agent::inventory

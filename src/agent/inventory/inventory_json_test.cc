#include "agent/inventory/inventory_json.h"

#include <gtest/gtest.h>

namespace b3iq::agent::inventory {
namespace {

Inventory machine() {
  Inventory out;
  out.os.name = "Debian";
  out.cpu.features = {{"avx2", "fma"}};
  out.memory.total_bytes = 1'000;
  out.memory.available_bytes = 500;
  out.gpus.emplace(1);
  out.gpus->front().name = "H100";
  out.gpus->front().temperature_c = 40;
  out.gpus_complete = true;
  out.disks.emplace(1);
  out.disks->front().free_bytes = 10;
  out.unknown.push_back({"cpu.model", "not told"});
  return out;
}

std::string text_of(const Inventory& inventory) {
  std::string text;
  json::Writer writer(text);
  write_inventory(writer, inventory);
  return text;
}

TEST(InventoryJson, UnknownIsNullNeverZero) {
  const std::string text = text_of(machine());
  auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok());
  const auto root = document->root();
  EXPECT_EQ(root.find("memory").find("total_bytes").integer(), 1'000);
  EXPECT_TRUE(root.find("memory").find("limit_bytes").is_null());
  EXPECT_TRUE(root.find("gpus").at(0).find("memory_total_bytes").is_null());
  EXPECT_TRUE(root.find("topology").find("caches").is_null());
  EXPECT_EQ(root.find("unknown").at(0).find("reason").string(), "not told");
  EXPECT_EQ(text.find(":0,"), std::string::npos);
  EXPECT_TRUE(json::Document::parse(text_of({}))->root().find("gpus").is_null());
}

TEST(InventoryJson, TheHashIsOfWhatDoesNotChangeByItself) {
  const Inventory before = machine();
  const std::string hash = content_hash(before);
  EXPECT_TRUE(hash.starts_with("sha256:"));
  EXPECT_EQ(hash.size(), 7u + 64);
  Inventory after = before;
  after.memory.available_bytes = 100;
  after.memory.swap_free_bytes = 7;
  after.gpus->front().temperature_c = 80;
  after.gpus->front().utilization_percent = 99;
  after.gpus->front().memory_used_bytes = 5;
  after.disks->front().free_bytes = 9;
  after.unknown.clear();
  EXPECT_EQ(content_hash(after), hash);
  after.gpus->front().driver_version = "2";
  EXPECT_NE(content_hash(after), hash);
  after = before;
  after.gpus->clear();
  EXPECT_NE(content_hash(after), hash);
  after.gpus.reset();
  EXPECT_NE(content_hash(after), content_hash(machine()));
}

GpuReport a_report() {
  GpuReport report;
  report.gpus.emplace(1);
  report.gpus->front().name = "H100";
  report.gpus->front().memory_total_bytes = 80'000;
  report.gpus->front().mig = false;
  report.notes.push_back({"gpu_mig", "text"});
  return report;
}

TEST(InventoryJson, AReportReadsAsItWasWritten) {
  const auto read = read_gpu_report(report_text(a_report()));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(report_text(*read), report_text(a_report()));
  EXPECT_TRUE(read_machine_report(report_text(MachineReport())).ok());
  EXPECT_TRUE(read_topology_report(report_text(TopologyReport())).ok());
  EXPECT_TRUE(read_disk_report(report_text(DiskReport())).ok());
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(InventoryJson, G6_81_RubbishIsRefusedWithItsPlace) {
  const std::string good = report_text(a_report());
  const auto refused = [](const std::string& text) {
    const auto read = read_gpu_report(text);
    return read.ok() ? std::string("(read)") : read.error().detail;
  };
  for (const char* rubbish : {"", "GPU 0: H100", "{}", "[]", "null", "\xff\xfe", "{\"gpus\":[]"})
    EXPECT_NE(refused(rubbish), "(read)") << rubbish;
  EXPECT_NE(refused(good + "{}"), "(read)");
  EXPECT_NE(refused(replaced(good, "80000", "\"80000\"")).find("gpus"), std::string::npos);
  EXPECT_NE(refused(replaced(good, "80000", "80000.5")), "(read)");
  EXPECT_NE(refused(replaced(good, "80000", "1e400")), "(read)");
  EXPECT_NE(refused(replaced(good, "80000", "99999999999999999999")), "(read)");
  EXPECT_NE(refused(replaced(good, "\"H100\"", "[\"H100\"]")), "(read)");
  EXPECT_NE(refused(replaced(good, "\"name\"", "\"names\"")), "(read)");
  EXPECT_NE(refused(replaced(good, "{\"gpus\"", "{\"more\":1,\"gpus\"")), "(read)");
  EXPECT_NE(refused(replaced(good, "H100", std::string(kMaxTextBytes + 1, 'x'))), "(read)");
  EXPECT_EQ(refused(good), "(read)");
}

TEST(InventoryJson, G6_81_LongTextsAreCutSoThatTheReportIsStillRead) {
  GpuReport report = a_report();
  report.gpus->front().name = std::string(10'000, '\xff');  // each byte becomes three
  report.notes.push_back({"gpu_mig", std::string(10'000, 'x')});
  const auto read = read_gpu_report(report_text(report));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->notes.back().text, std::string(kReportTextBytes, 'x'));
}

TEST(InventoryJson, SixtyFourGpusThatTellNothingFitInAReport) {
  GpuReport report;
  report.gpus.emplace(64);
  for (int gpu = 0; gpu < 64; ++gpu) {
    for (int field = 0; field < 12; ++field)
      report.unknown.push_back({"gpus[" + std::to_string(gpu) + "].memory_total_bytes",
                                std::string("The driver does not tell it; see its manual.")});
  }
  const std::string text = report_text(report);
  EXPECT_LT(text.size(), kMaxReportBytes);
  EXPECT_TRUE(read_gpu_report(text).ok());
}

TEST(InventoryJson, G6_81_TooManyOfAThingAreRefused) {
  GpuReport report;
  report.gpus.emplace(kMaxListItems + 1);
  EXPECT_FALSE(read_gpu_report(report_text(report)).ok());
}

TEST(InventoryJson, G6_81_ADriversEscapeSequencesReachNoTerminal) {
  GpuReport report = a_report();
  report.gpus->front().name = "\x1b]0;owned\x07\x1b[2J H100\n";
  const auto read = read_gpu_report(report_text(report));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->gpus->front().name, "?]0;owned??[2J H100?");
}

}  // namespace
}  // namespace b3iq::agent::inventory

#include "protocol/messages/inventory.h"

#include <gtest/gtest.h>

#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

// Every fact of the inventory may be unknown.
std::set<std::string> facts_that_may_be_null(const std::string& body) {
  const auto document = json::Document::parse(body);
  std::vector<std::string> paths;
  list_paths(document->root(), "", paths);
  std::set<std::string> out;
  for (const std::string& path : paths) {
    if (path.starts_with("inventory.") && path != "inventory.os" && path != "inventory.cpu" &&
        path != "inventory.memory")
      out.insert(path);
  }
  return out;
}

TEST(Inventory, WhatIsWrittenIsRead) {
  const auto read = decode_inventory_report(encode_inventory_report(inventory_report()));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->boot_epoch, kBootEpoch);
  ASSERT_TRUE(read->inventory && read->readiness);
  EXPECT_EQ(canonical_inventory(*read->inventory), canonical_inventory(inventory()));
  EXPECT_EQ(inventory_hash(*read->inventory), inventory_hash(inventory()));
  EXPECT_EQ(readiness_hash(*read->readiness), readiness_hash(readiness()));
  EXPECT_EQ(read->readiness->models[0].model_id, "Qwen/Qwen2.5-7B-Instruct");
  EXPECT_EQ(read->readiness->models[1].context_tokens, 131'072);
  EXPECT_EQ(read->inventory->gpus->at(0).name, "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(read->inventory->os.container, std::nullopt);
}

TEST(Inventory, RefusesDamage) {
  const auto body = encode_inventory_report(inventory_report());
  expect_refuses_damage(
      body, {.optional = {"inventory", "readiness"}, .nullable = facts_that_may_be_null(body)},
      [](const std::string& damaged) { return decode_inventory_report(damaged).ok(); });
}

TEST(Inventory, OnePartIsEnoughAndNoneIsNot) {
  InventoryReport report{kBootEpoch, inventory(), {}};
  EXPECT_FALSE(decode_inventory_report(encode_inventory_report(report))->readiness);
  report = {kBootEpoch, {}, readiness()};
  EXPECT_FALSE(decode_inventory_report(encode_inventory_report(report))->inventory);
  report = {kBootEpoch, {}, {}};
  EXPECT_FALSE(decode_inventory_report(encode_inventory_report(report)).ok());
}

TEST(Inventory, PartsAreReadAsAStoreKeepsThem) {
  EXPECT_EQ(canonical_inventory(read_inventory(canonical_inventory(inventory())).value()),
            canonical_inventory(inventory()));
  EXPECT_EQ(canonical_readiness(read_readiness(canonical_readiness(readiness())).value()),
            canonical_readiness(readiness()));
  EXPECT_FALSE(read_inventory("{}").ok());
  EXPECT_FALSE(read_readiness("[]").ok());
}

TEST(Inventory, TheHashFollowsTheFactsAndNotTheirOrder) {
  NodeReadiness turned = readiness();
  std::swap(turned.models[0], turned.models[1]);
  EXPECT_EQ(readiness_hash(turned), readiness_hash(readiness()));
  turned.models[0].queue_health = QueueHealth::blocked;
  EXPECT_NE(readiness_hash(turned), readiness_hash(readiness()));
  NodeInventory other = inventory();
  other.memory.total_bytes = 1;
  EXPECT_NE(inventory_hash(other), inventory_hash(inventory()));
}

// CASES G12 #134 in part: nothing that tells a place leaves.
TEST(Inventory, WhatTellsAPlaceIsWrittenAsNotKnownAndRefusedWhenRead) {
  NodeInventory leaky = inventory();
  leaky.os.name = "/home/alice";
  leaky.cpu.model = "http://127.0.0.1:11434";
  leaky.memory.total_bytes = -1;
  leaky.cpu.features = {"avx2", "A B", std::string(33, 'a')};
  const auto text = canonical_inventory(leaky);
  EXPECT_EQ(text.find("alice"), std::string::npos);
  EXPECT_EQ(text.find("127.0.0.1"), std::string::npos);
  const auto read = read_inventory(text);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->os.name, std::nullopt);
  EXPECT_EQ(read->memory.total_bytes, std::nullopt);
  EXPECT_EQ(read->cpu.features, (std::vector<std::string>{"avx2"}));
  const std::string path = "\"/home/alice\"";
  EXPECT_EQ(
      read_inventory(changed(canonical_inventory(inventory()), "os.name", &path)).error().param,
      "name");
}

TEST(Inventory, AModelWithAPrivateNameIsCountedOnly) {
  NodeReadiness leaky = readiness();
  leaky.models.push_back(leaky.models[0]);
  leaky.models.back().model_id = "localhost:11434";
  leaky.models.push_back(leaky.models[0]);
  leaky.models.back().model_id = "home/alice";
  const auto text = canonical_readiness(leaky);
  EXPECT_EQ(text.find("localhost"), std::string::npos);
  EXPECT_EQ(text.find("alice"), std::string::npos);
  const auto read = read_readiness(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->models.size(), 2u);
  EXPECT_EQ(read->unlisted_models, 3);
  EXPECT_EQ(canonical_readiness(*read), text);
}

TEST(Inventory, TheLargestFits) {
  NodeReadiness large = readiness();
  const ModelProfile profile = large.models[0];
  large.models.clear();
  for (std::size_t i = 0; i < kMaxModelProfiles + 1; ++i) {
    large.models.push_back(profile);
    large.models.back().model_id = "m" + std::to_string(1000 + i) + std::string(80, 'x');
    large.models.back().runtime_kind = std::string(kMaxRuntimeKindBytes, 'k');
  }
  NodeInventory wide = inventory();
  wide.gpus->resize(kMaxInventoryGpus + 1, wide.gpus->at(0));
  wide.disks->resize(kMaxInventoryDisks + 1, wide.disks->at(0));
  const auto body = encode_inventory_report({kBootEpoch, wide, large});
  EXPECT_LT(body.size(), kMaxInventoryBytes);
  const auto read = decode_inventory_report(body);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->readiness->models.size(), kMaxModelProfiles);
  EXPECT_EQ(read->readiness->unlisted_models, 2);
  EXPECT_EQ(read->inventory->gpus->size(), kMaxInventoryGpus);
  EXPECT_EQ(read->inventory->disks->size(), kMaxInventoryDisks);
}

TEST(Inventory, TextsAreBroughtIntoForm) {
  EXPECT_EQ(inventory_text("a\nb"), "ab");
  EXPECT_EQ(inventory_text(""), std::nullopt);
  EXPECT_EQ(inventory_text("/etc/passwd"), std::nullopt);
  EXPECT_EQ(inventory_text("https://x"), std::nullopt);
  EXPECT_EQ(inventory_text(std::string(200, 'x'))->size(), kMaxInventoryTextBytes);
  // A euro sign lies across the cut.
  const auto cut = inventory_text(std::string(127, 'x') + "\xE2\x82\xAC");
  EXPECT_EQ(cut, std::string(127, 'x'));
}

TEST(Inventory, FreeSpaceGoesInSteps) {
  constexpr std::int64_t kGib = std::int64_t{1} << 30;
  EXPECT_EQ(free_space_steps_gib(-1), 0);
  EXPECT_EQ(free_space_steps_gib(8 * kGib - 1), 0);
  EXPECT_EQ(free_space_steps_gib(8 * kGib), 8);
  EXPECT_EQ(free_space_steps_gib(23 * kGib), 16);
}

TEST(InventoryAnswer, WhatIsWrittenIsReadAndDamageRefused) {
  const InventoryAnswer answer{kNowMs, inventory_hash(inventory()), readiness_hash(readiness())};
  const auto body = encode_inventory_answer(answer);
  const auto read = decode_inventory_answer(body);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->inventory_hash, answer.inventory_hash);
  EXPECT_EQ(read->readiness_hash, answer.readiness_hash);
  expect_refuses_damage(
      body, {.nullable = {"inventory_hash", "readiness_hash"}, .takes_unknown = true},
      [](const std::string& damaged) { return decode_inventory_answer(damaged).ok(); });
  EXPECT_FALSE(decode_inventory_answer(encode_inventory_answer({kNowMs, {}, {}}))->inventory_hash);
}

TEST(ModelProfile, NamesOfItsClosedSetsReadBack) {
  for (std::size_t i = 0; i < kModelStatuses; ++i)
    EXPECT_EQ(model_status_from_name(wire_name(static_cast<ModelStatus>(i))),
              static_cast<ModelStatus>(i));
  for (std::size_t i = 0; i < kRouteTiers; ++i)
    EXPECT_EQ(route_tier_from_name(wire_name(static_cast<RouteTier>(i))),
              static_cast<RouteTier>(i));
  for (std::size_t i = 0; i < kQueueHealths; ++i)
    EXPECT_EQ(queue_health_from_name(wire_name(static_cast<QueueHealth>(i))),
              static_cast<QueueHealth>(i));
  EXPECT_TRUE(valid_runtime_kind("vllm"));
  for (std::string_view bad : {"", "Vllm", "9x", "a/b", "a b"})
    EXPECT_FALSE(valid_runtime_kind(bad)) << bad;
}

}  // namespace
}  // namespace b3iq::protocol

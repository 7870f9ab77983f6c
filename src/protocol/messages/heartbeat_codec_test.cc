#include "protocol/messages/heartbeat.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

bool same(const Heartbeat& a, const Heartbeat& b) {
  return a.boot_epoch == b.boot_epoch && a.status == b.status &&
         a.inventory_hash == b.inventory_hash && a.readiness_hash == b.readiness_hash &&
         a.queue_depth == b.queue_depth && a.agent_version == b.agent_version;
}

TEST(Heartbeat, WhatIsWrittenIsRead) {
  const auto read = decode_heartbeat(encode_heartbeat(heartbeat()));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_TRUE(same(*read, heartbeat()));
}

TEST(Heartbeat, TheLongestIsUnder512Bytes) {
  Heartbeat longest = heartbeat();
  longest.boot_epoch = kMaxBootEpoch;
  longest.queue_depth = kMaxQueueDepth;
  longest.status = NodeStatus::starting;
  longest.agent_version = std::string(kMaxAgentVersionBytes, 'v');
  const auto body = encode_heartbeat(longest);
  EXPECT_LT(body.size(), 300u);
  EXPECT_TRUE(decode_heartbeat(body).ok());
  EXPECT_EQ(decode_heartbeat(body + std::string(512 - body.size(), ' ')).error().code,
            base::ErrorCode::payload_too_large);
  EXPECT_TRUE(decode_heartbeat(body + std::string(511 - body.size(), ' ')).ok());
}

TEST(Heartbeat, RefusesDamage) {
  expect_refuses_damage(encode_heartbeat(heartbeat()), {},
                        [](const std::string& body) { return decode_heartbeat(body).ok(); });
}

TEST(Heartbeat, EveryStatusHasAName) {
  for (std::size_t i = 0; i < kNodeStatuses; ++i) {
    const auto status = static_cast<NodeStatus>(i);
    EXPECT_EQ(node_status_from_name(wire_name(status)), status);
  }
  EXPECT_FALSE(node_status_from_name("asleep"));
}

TEST(HeartbeatAnswer, WhatIsWrittenIsReadAndDamageRefused) {
  const auto body = encode_heartbeat_answer(heartbeat_answer());
  const auto read = decode_heartbeat_answer(body);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->server_time_ms, kNowMs);
  EXPECT_EQ(read->command_cursor, 7);
  EXPECT_FALSE(read->want_inventory);
  EXPECT_TRUE(read->want_readiness);
  EXPECT_EQ(read->next_heartbeat_ms, 15'000);
  EXPECT_EQ(read->notices, heartbeat_answer().notices);
  expect_refuses_damage(body, {.takes_unknown = true}, [](const std::string& damaged) {
    return decode_heartbeat_answer(damaged).ok();
  });
}

TEST(HeartbeatAnswer, ANoticeOfANewerControlPlaneIsLeftOut) {
  const std::string list = R"(["from_the_future","transport_key_expires"])";
  const auto read = decode_heartbeat_answer(
      changed(encode_heartbeat_answer(heartbeat_answer()), "notices", &list));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->notices, std::vector{NodeNotice::transport_key_expires});
}

RC_GTEST_PROP(HeartbeatProperty, WhatIsWrittenIsRead,
              (std::uint32_t epoch, std::uint8_t status, std::uint16_t depth,
               std::array<std::uint8_t, 32> hash)) {
  Heartbeat sent = heartbeat();
  sent.boot_epoch = std::int64_t{epoch} + 1;
  sent.status = static_cast<NodeStatus>(status % kNodeStatuses);
  sent.queue_depth = depth;
  sent.inventory_hash = hash;
  const auto read = decode_heartbeat(encode_heartbeat(sent));
  RC_ASSERT(read.ok());
  RC_ASSERT(same(*read, sent));
}

}  // namespace
}  // namespace b3iq::protocol

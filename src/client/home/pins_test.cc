#include "client/home/pins.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "client/home/pin_book.h"
#include "client/testing/command_run.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "protocol/transport_key.h"

namespace b3iq::client {
namespace {

using base::ErrorCode;

constexpr std::int64_t kNow = 1'795'253'400'000;
constexpr std::int64_t kDayMs = 86'400'000;

struct Node {
  protocol::NodeIdentity identity = protocol::NodeIdentity::generate(base::system_random());
  protocol::TransportKeyBinding binding(std::int64_t not_before_ms) const {
    const auto key = protocol::TransportKey::generate(base::system_random());
    return protocol::bind_transport_key(identity, key.public_key(), not_before_ms, kDayMs).binding;
  }
};

protocol::NoteVerifier log_of(const protocol::ControlPlaneId& id) {
  return protocol::receipt_log_verifier(
      id, protocol::NodeIdentity::generate(base::system_random()).public_key());
}

protocol::ControlPlaneId some_plane() {
  return protocol::control_plane_id_of(
      protocol::NodeIdentity::generate(base::system_random()).public_key());
}

TEST(Pins, ANewerKeyOfTheSameNodeIsTaken) {
  const Node node;
  Pins pins;
  EXPECT_EQ(*pin_node(pins, node.binding(kNow), FirstUse::remember, kNow), PinChange::added);
  const auto newer = node.binding(kNow + kDayMs);
  EXPECT_EQ(*pin_node(pins, newer, FirstUse::refuse, kNow), PinChange::updated);
  EXPECT_EQ(*pin_node(pins, newer, FirstUse::remember, kNow), PinChange::none);
  EXPECT_EQ(pins.find_node(node.identity.node_id())->key_id, newer.key_id);
  const auto older = pin_node(pins, node.binding(kNow), FirstUse::remember, kNow);
  EXPECT_EQ(older.error().code, ErrorCode::invalid_signature);
}

TEST(Pins, AnotherIdentityKeyIsRefused) {
  const Node node;
  Pins pins;
  auto binding = node.binding(kNow);
  ASSERT_TRUE(pin_node(pins, binding, FirstUse::remember, kNow).ok());
  binding.public_key_ed25519.bytes[0] ^= 1;
  const auto swapped = pin_node(pins, binding, FirstUse::remember, kNow);
  EXPECT_EQ(swapped.error().code, ErrorCode::invalid_signature);
  EXPECT_NE(swapped.error().detail.find("SWAPPED KEY"), std::string::npos);
}

TEST(Pins, AnotherControlPlaneOrLogIsRefused) {
  const auto plane = some_plane();
  const auto log = log_of(plane);
  Pins pins;
  ASSERT_TRUE(pin_log(pins, "https://a", plane, log, FirstUse::remember, kNow).ok());
  EXPECT_EQ(*pin_log(pins, "https://a", plane, log, FirstUse::refuse, kNow), PinChange::none);
  const auto other_log = pin_log(pins, "https://a", plane, log_of(plane), FirstUse::remember, kNow);
  EXPECT_NE(other_log.error().detail.find("SWAPPED LOG KEY"), std::string::npos);
  const auto other = some_plane();
  const auto swapped = pin_log(pins, "https://a", other, log_of(other), FirstUse::remember, kNow);
  EXPECT_NE(swapped.error().detail.find("ANOTHER CONTROL PLANE"), std::string::npos);
}

TEST(Pins, WhatIsWrittenIsRead) {
  const Node node;
  const auto plane = some_plane();
  Pins pins;
  ASSERT_TRUE(pin_node(pins, node.binding(kNow), FirstUse::remember, kNow + 1).ok());
  ASSERT_TRUE(pin_log(pins, "https://a", plane, log_of(plane), FirstUse::remember, kNow + 2).ok());
  const auto read = decode_pins(encode_pins(pins));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(encode_pins(*read), encode_pins(pins));
  for (const std::string_view bad :
       {"", "[]", "{}", R"({"type":"b3iq-pins-v1","nodes":[{}],"control_planes":[]})",
        R"({"type":"b3iq-pins-v1","nodes":[],"control_planes":[],"more":1})"})
    EXPECT_FALSE(decode_pins(bad).ok()) << bad;
}

TEST(Pins, TwoProgramsAddToOneFile) {
  const testing::TestFolder folder;
  const auto open = [&] {
    return PinBook::open(folder.path("pins.json"), "", [](const std::string&) {}).value();
  };
  auto one = open();
  auto other = open();
  const Node first;
  const Node second;
  const auto binding = first.binding(kNow);
  ASSERT_TRUE(one.check_node(binding, kNow).ok());
  ASSERT_TRUE(other.check_node(second.binding(kNow), kNow).ok());
  EXPECT_EQ(open().pins().nodes.size(), 2u);
  // What the other one has seen counts here too.
  ASSERT_TRUE(other.check_node(first.binding(kNow + kDayMs), kNow).ok());
  EXPECT_EQ(other.check_node(binding, kNow).error().code, ErrorCode::invalid_signature);
  EXPECT_EQ(folder.mode("pins.json"), 0600u);
}

}  // namespace
}  // namespace b3iq::client

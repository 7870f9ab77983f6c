// The bytes between replicas.
#include "control/wake/wake_message.h"

#include <gtest/gtest.h>

#include "control/wake/wake_fixture.h"

namespace b3iq::control {
namespace {

using fixture::node_id;

TEST(WakeMessage, SaysWhatWasSaid) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, kMaxNodesPerWake}) {
    std::vector<std::string> nodes;
    for (std::size_t i = 0; i < count; ++i) nodes.push_back(node_id(i * 1'000'003));
    const auto payload = encode_wake(nodes);
    EXPECT_LE(payload.size(), kMaxWakeBytes);
    const auto read = decode_wake(payload);
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(std::vector<std::string>(read->begin(), read->end()), nodes);
  }
}

TEST(WakeMessage, IsTheseBytes) {
  const std::vector<std::string> nodes{node_id(0), node_id(33)};
  EXPECT_EQ(encode_wake(nodes),
            "b3iq-wake-v1\nb3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
            "b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaabb");
}

TEST(WakeMessage, AnythingElseIsRefused) {
  const auto one = encode_wake(std::vector{node_id(1)});
  std::string many = encode_wake(std::vector<std::string>(kMaxNodesPerWake, node_id(1)));
  many += "\n" + node_id(2);
  for (const auto& payload :
       {std::string(), std::string("b3iq-wake-v"), std::string("b3iq-wake-v2\n") + node_id(1),
        "x" + one, one + "\n", one + " ", one + "\n\n" + node_id(2), one.substr(0, one.size() - 1),
        std::string(kWakeVersion) + node_id(1), std::string(kWakeVersion) + "\r\n" + node_id(1),
        std::string(kWakeVersion) + "\n../../etc/passwd", std::string(kWakeVersion) + '\0',
        one + std::string(1, '\0'), many, std::string(kMaxWakeBytes + 1, '\n'),
        std::string(1 << 20, '\xFF')}) {
    EXPECT_FALSE(decode_wake(payload).ok()) << payload.substr(0, 100);
  }
}

}  // namespace
}  // namespace b3iq::control

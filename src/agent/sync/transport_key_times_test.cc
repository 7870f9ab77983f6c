#include "agent/sync/transport_key_times.h"

#include <gtest/gtest.h>

#include <set>

#include "protocol/messages/command.h"
#include "protocol/transport_key_binding.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kNow = 1'790'000'000'000;
constexpr std::int64_t kLife = protocol::kMaxTransportKeyLifeMs;

TEST(TransportKeyTimes, AreReadAsWritten) {
  for (const TransportKeyTimes& times :
       {TransportKeyTimes{}, TransportKeyTimes{kNow, kNow + 5, std::nullopt},
        TransportKeyTimes{kNow, kNow + 5, kNow + 9}}) {
    const auto read = read_transport_key_times(transport_key_times_text(times));
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(read->renew_at_ms, times.renew_at_ms);
    EXPECT_EQ(read->bound_until_ms, times.bound_until_ms);
    EXPECT_EQ(read->old_until_ms, times.old_until_ms);
  }
}

TEST(TransportKeyTimes, DamagedOnesAreRefused) {
  const auto text = transport_key_times_text({1, 2, 3});
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(read_transport_key_times(text.substr(0, size)).ok()) << size;
  for (
      const std::string_view wrong :
      {"[]", "{}", R"({"type":"other","renew_at_ms":1,"bound_until_ms":2,"old_until_ms":null})",
       R"({"type":"b3iq-transport-key-times-v1","renew_at_ms":-1,"bound_until_ms":2,"old_until_ms":null})",
       R"({"type":"b3iq-transport-key-times-v1","renew_at_ms":1,"bound_until_ms":"2","old_until_ms":null})",
       R"({"type":"b3iq-transport-key-times-v1","renew_at_ms":1,"bound_until_ms":2,"old_until_ms":1e300})"})
    EXPECT_FALSE(read_transport_key_times(wrong).ok()) << wrong;
}

TEST(TransportKeyTimes, ABindingIsRenewedAboutThreeQuartersThroughItsLife) {
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    const auto times = times_of_binding(kNow, kLife, base::system_random());
    EXPECT_EQ(times.bound_until_ms, kNow + kLife);
    EXPECT_GE(times.renew_at_ms, kNow + kLife / 100 * 69);
    EXPECT_LE(times.renew_at_ms, kNow + kLife / 100 * 81);
    EXPECT_FALSE(times.old_until_ms.has_value());
    EXPECT_FALSE(renewal_due(times, kNow));
    EXPECT_FALSE(renewal_due(times, times.renew_at_ms - 1));
    EXPECT_TRUE(renewal_due(times, times.renew_at_ms));
    seen.insert(times.renew_at_ms);
  }
  EXPECT_GT(seen.size(), 150U) << "not all nodes at once";
}

TEST(TransportKeyTimes, AClockThatWentBackDoesNotMakeThemWaitForIt) {
  constexpr std::int64_t kGraceMs = protocol::kMaxTransportGraceSeconds * 1'000;
  const TransportKeyTimes times{kNow, kNow + kLife, kNow};
  EXPECT_FALSE(renewal_due(times, kNow - kLife));
  EXPECT_TRUE(renewal_due(times, kNow - kLife - 1));
  EXPECT_FALSE(old_key_due(times, kNow - kGraceMs));
  EXPECT_TRUE(old_key_due(times, kNow - kGraceMs - 1));
  EXPECT_TRUE(old_key_due(times, kNow));
  EXPECT_FALSE(old_key_due({kNow, kNow, std::nullopt}, kNow)) << "there is none";
}

}  // namespace
}  // namespace b3iq::agent

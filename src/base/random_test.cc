#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace b3iq::base {
namespace {

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), byte_); }

 private:
  std::uint8_t byte_;
};

TEST(Random, UlidMatchesTheSpecification) {
  FixedRandom zeros(0), ones(0xFF);
  EXPECT_EQ(make_ulid(0, zeros), "00000000000000000000000000");
  // The time part of the specification's example, 1469918176385, is 01ARYZ6S41.
  EXPECT_EQ(make_ulid(1469918176385, zeros), "01ARYZ6S410000000000000000");
  EXPECT_EQ(make_ulid((std::int64_t{1} << 48) - 1, ones), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
}

TEST(Random, UlidsSortByTime) {
  FixedRandom zeros(0), ones(0xFF);
  EXPECT_LT(make_ulid(1'700'000'000'000, ones), make_ulid(1'700'000'000'001, zeros));
}

TEST(Random, TheSystemSourceDiffersEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(make_ulid(1, system_random()));
  EXPECT_EQ(seen.size(), 1000u);
  std::array<std::uint8_t, 700> large{};
  system_random().fill(large);
  EXPECT_NE(std::count(large.begin(), large.end(), 0), 700);
  system_random().fill({});
}

// Counts up, so that a byte given out twice shows.
class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    ++calls;
    for (auto& byte : out) byte = static_cast<std::uint8_t>(next++);
  }
  int calls = 0;
  unsigned next = 0;
};

TEST(BufferedRandom, GivesEachByteOnceAndAsksSeldom) {
  CountingRandom source;
  BufferedRandom random(source);
  unsigned expected = 0;
  for (int i = 0; i < 32; ++i) {
    std::array<std::uint8_t, 32> out{};
    random.fill(out);
    for (const auto byte : out) ASSERT_EQ(byte, static_cast<std::uint8_t>(expected++));
  }
  EXPECT_EQ(source.calls, 1);
  std::array<std::uint8_t, 600> large{};
  random.fill(large);
  EXPECT_EQ(source.calls, 2);
}

}  // namespace
}  // namespace b3iq::base

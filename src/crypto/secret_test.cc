#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstring>
#include <new>
#include <sstream>

namespace b3iq::crypto {
namespace {

template <class T>
concept Comparable = requires(const T& a, const T& b) { a == b; };
template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Comparable<Secret> && !Comparable<SecretBytes<32>>);
static_assert(!Printable<Secret> && !Printable<SecretBytes<32>>);
static_assert(!std::copyable<Secret> && !std::copyable<SecretBytes<32>>);
static_assert(std::movable<Secret> && std::movable<SecretBytes<32>>);

constexpr std::array<std::uint8_t, 4> kBytes = {1, 2, 3, 4};

TEST(SecretBytes, IsWipedWhenItGoesAndWhenItIsMovedFrom) {
  using Four = SecretBytes<4>;
  alignas(Four) std::array<std::uint8_t, sizeof(Four)> memory;
  auto* secret = new (memory.data()) Four(kBytes);
  Four moved(std::move(*secret));
  EXPECT_EQ(std::memcmp(moved.reveal().data(), kBytes.data(), 4), 0);
  EXPECT_EQ(std::memcmp(memory.data(), "\0\0\0\0", 4), 0);
  *secret = std::move(moved);
  EXPECT_EQ(std::memcmp(memory.data(), kBytes.data(), 4), 0);
  secret->~Four();
  // The bytes are looked at through a volatile pointer: the compiler may assume that nobody does.
  const volatile std::uint8_t* left = memory.data();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(left[i], 0);
}

TEST(Secret, MovesAndClears) {
  Secret secret("hunter2");
  EXPECT_EQ(secret.reveal_text(), "hunter2");
  Secret copy = secret.clone();
  Secret moved(std::move(secret));
  EXPECT_EQ(moved.size(), 7u);
  secret = std::move(moved);
  EXPECT_EQ(secret.reveal_text(), copy.reveal_text());
  secret.clear();
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(copy.reveal_text(), "hunter2");
}

}  // namespace
}  // namespace b3iq::crypto

#include "agent/local_api/cache_partition.h"

#include <gtest/gtest.h>

#include <set>

namespace b3iq::agent {
namespace {

Principal key_of(const std::string& id, const std::string& user = "") {
  LocalKey key;
  key.id = id;
  key.spec.user = user;
  return {std::make_shared<KeyState>(std::move(key), std::make_shared<UsageMeter>(), 0), nullptr};
}

Principal owner(const std::string& user_id) {
  Session session;
  session.user_id = user_id;
  return {nullptr, std::make_shared<Session>(session)};
}

TEST(CachePartitions, G12_138_EveryAccountHasItsOwn) {
  CachePartitions partitions;
  std::set<std::string> names;
  for (const auto& who :
       {key_of("key_1"), key_of("key_2"), key_of("key_3", "anna"), key_of("key_3", "key_1"),
        owner("usr_1"), key_of("key_4", "usr_1"), Principal(), key_of("key_5", "operator")}) {
    names.emplace(partitions.of(who));
  }
  EXPECT_EQ(names.size(), 8U);
  for (const auto& name : names) {
    EXPECT_EQ(name.size(), 43U);
    EXPECT_EQ(
        name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos);
  }
}

TEST(CachePartitions, G12_138_KeysOfOneUserShareOne) {
  CachePartitions partitions;
  EXPECT_EQ(partitions.of(key_of("key_1", "anna")), partitions.of(key_of("key_2", "anna")));
  EXPECT_EQ(partitions.of(key_of("key_1")), partitions.of(key_of("key_1")));
  EXPECT_EQ(partitions.of(Principal()), partitions.of(Principal()));
  EXPECT_EQ(partitions.of(owner("usr_1")), partitions.of(owner("usr_1")));
}

TEST(CachePartitions, G12_138_TheNameCannotBeComputedWithoutTheNode) {
  CachePartitions one;
  CachePartitions other;
  EXPECT_NE(one.of(key_of("key_1")), other.of(key_of("key_1")));
}

}  // namespace
}  // namespace b3iq::agent

#include "protocol/audit_chain.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "base/bytes.h"

namespace b3iq::protocol {
namespace {

std::vector<AuditEntry> chain_of(int length) {
  std::vector<AuditEntry> entries;
  AuditState state;
  for (int i = 0; i < length; ++i) {
    entries.push_back(next_audit_entry(state.entries, state.head, 1000 * i,
                                       {"operator", "key.created", "key_" + std::to_string(i)}));
    check_audit_entry(state, entries.back());
  }
  EXPECT_EQ(state.first_broken_seq, 0);
  return entries;
}

std::int64_t first_broken(const std::vector<AuditEntry>& entries) {
  AuditState state;
  for (const auto& entry : entries) check_audit_entry(state, entry);
  return state.first_broken_seq;
}

TEST(AuditChain, G9_118_FindsAnEditedARemovedAnInsertedAndASwappedEntry) {
  const auto entries = chain_of(6);
  EXPECT_EQ(first_broken(entries), 0);
  auto edited = entries;
  edited[2].actor = "somebody";
  EXPECT_EQ(first_broken(edited), 3);
  auto removed = entries;
  removed.erase(removed.begin() + 1);
  EXPECT_EQ(first_broken(removed), 3);
  auto swapped = entries;
  std::swap(swapped[3].act, swapped[4].act);
  std::swap(swapped[3].subject, swapped[4].subject);
  EXPECT_EQ(first_broken(swapped), 4);
  auto inserted = entries;
  inserted.insert(inserted.begin() + 2, entries[1]);
  EXPECT_EQ(first_broken(inserted), 2);
}

// An editor that makes the entry's own hash fit again breaks the next one.
TEST(AuditChain, G9_118_AHashMadeToFitBreaksTheNextEntry) {
  auto entries = chain_of(4);
  entries[1].subject = "key_9";
  entries[1].hash = audit_entry_hash(entries[1]);
  EXPECT_EQ(first_broken(entries), 3);
}

// The bytes that are hashed never change: logs outlive versions of the program.
TEST(AuditChain, TheFirstEntryHasAFixedHash) {
  const auto entry =
      next_audit_entry(0, {}, 1'790'000'000'000, {"operator", "key.created", "key_1"});
  EXPECT_EQ(base::to_hex(audit_entry_hash(entry)), base::to_hex(entry.hash));
  EXPECT_EQ(base::to_hex(entry.hash),
            "af0080d90114adc30146224b6d9c2eb2ce4db6a6e6e761baff1601975fe2c2be");
}

}  // namespace
}  // namespace b3iq::protocol

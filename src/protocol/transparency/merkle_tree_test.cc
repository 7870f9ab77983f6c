#include "protocol/transparency/merkle_tree.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "protocol/transparency/tree_of_leaves.h"

namespace b3iq::protocol {
namespace {

TreeHash hash_of_hex(std::string_view hex) {
  TreeHash hash{};
  const auto bytes = base::from_hex(hex).value_or(base::Bytes());
  EXPECT_EQ(bytes.size(), hash.size());
  if (bytes.size() == hash.size()) std::ranges::copy(bytes, hash.begin());
  return hash;
}
std::vector<TreeHash> hashes_of_hex(std::vector<std::string_view> hex) {
  std::vector<TreeHash> hashes;
  for (const auto one : hex) hashes.push_back(hash_of_hex(one));
  return hashes;
}

// The entries that the tests of Certificate Transparency share, and the roots of their trees.
TreeOfLeaves public_example() {
  TreeOfLeaves tree;
  for (const std::string_view hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f"})
    tree.add(tree_leaf_hash(*base::from_hex(hex)));
  return tree;
}

TEST(MerkleTree, KnownRoots) {
  const auto tree = public_example();
  const std::string_view roots[] = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  TreeFrontier frontier;
  for (std::uint64_t size = 0; size <= 8; ++size) {
    EXPECT_EQ(base::to_hex(frontier.head().root), roots[size]);
    EXPECT_EQ(base::to_hex(tree.head(size).root), roots[size]);
    if (size < 8) frontier.append(tree.leaf(size));
  }
}

TEST(MerkleTree, KnownProofs) {
  const auto tree = public_example();
  EXPECT_EQ(tree.inclusion(0, 8),
            hashes_of_hex({"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                           "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                           "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(tree.consistency(6, 8),
            hashes_of_hex({"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                           "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                           "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_TRUE(tree.inclusion(0, 1).empty());
  EXPECT_TRUE(tree.consistency(8, 8).empty());
}

TreeOfLeaves numbered(std::uint64_t size) {
  TreeOfLeaves tree;
  for (std::uint64_t i = 0; i < size; ++i)
    tree.add(tree_leaf_hash(base::as_bytes(std::to_string(i))));
  return tree;
}

// Each way in which a right proof can be made wrong.
void each_wrong(const std::vector<TreeHash>& proof,
                const std::function<bool(std::span<const TreeHash>)>& verifies) {
  auto longer = proof;
  longer.push_back(TreeHash{});
  EXPECT_FALSE(verifies(longer));
  auto prefixed = proof;
  prefixed.insert(prefixed.begin(), TreeHash{});
  EXPECT_FALSE(verifies(prefixed));
  for (std::size_t i = 0; i < proof.size(); ++i) {
    auto shorter = proof;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(verifies(shorter));
    auto changed = proof;
    changed[i][7] ^= 1;
    EXPECT_FALSE(verifies(changed));
  }
}

TEST(MerkleTree, G8_98_EveryInclusionProofVerifiesAndNoOther) {
  constexpr std::uint64_t kSizes = 40;
  const auto tree = numbered(kSizes);
  for (std::uint64_t size = 1; size <= kSizes; ++size) {
    const auto root = tree.head(size).root;
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = tree.inclusion(index, size);
      ASSERT_TRUE(verify_inclusion(tree.leaf(index), index, size, proof, root));
      each_wrong(proof, [&](auto wrong) {
        return verify_inclusion(tree.leaf(index), index, size, wrong, root);
      });
      // At another place, in another tree, of another leaf; past the end.
      for (std::uint64_t other = 0; other <= size; ++other) {
        if (other != index)
          EXPECT_FALSE(verify_inclusion(tree.leaf(index), other, size, proof, root));
      }
      EXPECT_FALSE(verify_inclusion(tree.leaf((index + 1) % kSizes), index, size, proof, root));
    }
  }
  EXPECT_FALSE(verify_inclusion(tree.leaf(0), 0, 0, {}, empty_tree_root()));
}

TEST(MerkleTree, G8_98_EveryConsistencyProofVerifiesAndNoOther) {
  constexpr std::uint64_t kSizes = 40;
  const auto tree = numbered(kSizes);
  for (std::uint64_t newer = 0; newer <= kSizes; ++newer) {
    for (std::uint64_t older = 0; older <= newer; ++older) {
      const auto proof = tree.consistency(older, newer);
      ASSERT_TRUE(verify_consistency(tree.head(older), tree.head(newer), proof))
          << older << " " << newer;
      each_wrong(proof, [&](auto wrong) {
        return verify_consistency(tree.head(older), tree.head(newer), wrong);
      });
      auto forked = tree.head(older);
      forked.root[0] ^= 1;
      EXPECT_FALSE(verify_consistency(forked, tree.head(newer), proof));
      auto other = tree.head(newer);
      other.root[0] ^= 1;
      if (older != 0) EXPECT_FALSE(verify_consistency(tree.head(older), other, proof));
      if (older < newer)
        EXPECT_FALSE(verify_consistency(tree.head(newer), tree.head(older), proof));
    }
  }
}

TEST(MerkleTree, G8_96_AnInnerNodeIsNoLeaf) {
  const auto tree = numbered(4);
  const auto left = tree_node_hash(tree.leaf(0), tree.leaf(1));
  const auto right = tree_node_hash(tree.leaf(2), tree.leaf(3));
  const TreeHash proof[] = {right};
  // The two halves, shown as a tree of two leaves, and as an entry of 64 bytes.
  EXPECT_FALSE(verify_inclusion(left, 0, 4, proof, tree.head(4).root));
  base::Bytes both(tree.leaf(0).begin(), tree.leaf(0).end());
  both.insert(both.end(), tree.leaf(1).begin(), tree.leaf(1).end());
  EXPECT_NE(tree_leaf_hash(both), left);
  EXPECT_FALSE(verify_inclusion(tree_leaf_hash(both), 0, 2, proof, tree.head(4).root));
}

TEST(MerkleTree, G8_98_AMillionLeaves) {
  constexpr std::uint64_t kSize = std::uint64_t{1} << 20;
  const auto tree = numbered(kSize);
  TreeFrontier frontier;
  for (std::uint64_t i = 0; i < kSize; ++i) frontier.append(tree.leaf(i));
  const auto head = frontier.head();
  EXPECT_EQ(head, tree.head(kSize));
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, kSize / 3, kSize - 1}) {
    const auto proof = tree.inclusion(index, kSize);
    EXPECT_EQ(proof.size(), 20u);
    EXPECT_TRUE(verify_inclusion(tree.leaf(index), index, kSize, proof, head.root));
  }
  for (const std::uint64_t older : {std::uint64_t{1}, kSize / 3, kSize - 1}) {
    EXPECT_TRUE(verify_consistency(tree.head(older), head, tree.consistency(older, kSize)));
  }
}

TEST(MerkleTree, AFrontierIsKeptAndTakenUp) {
  const auto tree = numbered(300);
  TreeFrontier frontier;
  std::vector<std::pair<Subtree, TreeHash>> full;
  for (std::uint64_t i = 0; i < 300; ++i) {
    auto kept = TreeFrontier::decode(i, frontier.encode());
    ASSERT_TRUE(kept.ok());
    frontier = *std::move(kept);
    frontier.append(tree.leaf(i), [&](const Subtree& subtree, const TreeHash& hash) {
      full.emplace_back(subtree, hash);
    });
    ASSERT_EQ(frontier.head(), tree.head(i + 1));
  }
  for (const auto& [subtree, hash] : full)
    EXPECT_EQ(hash, tree.subtree(subtree)) << subtree.height << " " << subtree.index;
  EXPECT_EQ(TreeFrontier::decode(3, frontier.encode()).error().code, base::ErrorCode::corrupt);
  EXPECT_FALSE(TreeFrontier::decode(kMaxTreeSize + 1, frontier.encode()).ok());
}

}  // namespace
}  // namespace b3iq::protocol

// The Merkle tree of a transparency log: RFC 9162, section 2.1, with SHA-256.
//
//   leaf hash  = SHA-256(0x00 entry)
//   node hash  = SHA-256(0x01 left right)
//   empty tree = SHA-256()
//
// The first byte keeps leaves and inner nodes apart, so that neither can be shown as the other.
// Pure; any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sha256.h"

namespace b3iq::protocol {

using TreeHash = crypto::Sha256Digest;

inline constexpr std::uint64_t kMaxTreeSize = (std::uint64_t{1} << 53) - 1;
inline constexpr std::size_t kMaxProofHashes = 64;

TreeHash tree_leaf_hash(base::ByteView entry);
TreeHash tree_node_hash(const TreeHash& left, const TreeHash& right);
TreeHash empty_tree_root();

// The leaves [begin, end) of a tree.
struct LeafRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  friend bool operator==(const LeafRange&, const LeafRange&) = default;
};

// The 2^height leaves from index * 2^height on.
struct Subtree {
  int height = 0;
  std::uint64_t index = 0;
  friend bool operator==(const Subtree&, const Subtree&) = default;
};

// What the hash of a range is made of, from the left: full subtrees, each smaller than the one
// before. For the ranges that proofs name.
std::vector<Subtree> subtrees_of(LeafRange range);
// The hash of the range from those of its subtrees. At least one.
TreeHash join_subtrees(std::span<const TreeHash> hashes);

// Whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf up.
// `index` < `size`.
std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size);
// Whose hashes prove that the first `old_size` leaves of the tree of `new_size` are those of the
// older tree. Empty for an empty old tree and for equal sizes. `old_size` <= `new_size`.
std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size);

// True when `proof` has exactly the hashes it must have and leads from `leaf` to `root`.
bool verify_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const TreeHash> proof, const TreeHash& root);

struct TreeHead {
  std::uint64_t size = 0;
  TreeHash root{};
  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};
TreeHead empty_tree_head();

// True when `proof` has exactly the hashes it must have and shows that the newer tree begins with
// the older one.
bool verify_consistency(const TreeHead& older, const TreeHead& newer,
                        std::span<const TreeHash> proof);

// A tree that grows at its right edge: the hashes of the full subtrees that its size is made of,
// from the left. All that is needed to append and to tell the root.
class TreeFrontier {
 public:
  TreeFrontier() = default;
  // From encode(). Error: corrupt, when they are not as many as `size` has.
  static base::Result<TreeFrontier> decode(std::uint64_t size, base::ByteView hashes);
  base::Bytes encode() const;

  std::uint64_t size() const { return size_; }
  TreeHead head() const;

  // `on_full` is called for each subtree that the leaf makes whole, from height 1 up:
  // (const Subtree&, const TreeHash&).
  template <class F>
  void append(const TreeHash& leaf, F on_full) {
    TreeHash hash = leaf;
    const int full = std::countr_one(size_);
    for (int height = 1; height <= full; ++height) {
      hash = tree_node_hash(hashes_.back(), hash);
      hashes_.pop_back();
      on_full(Subtree{height, size_ >> height}, std::as_const(hash));
    }
    hashes_.push_back(hash);
    ++size_;
  }
  void append(const TreeHash& leaf) {
    append(leaf, [](const Subtree&, const TreeHash&) {});
  }

 private:
  std::uint64_t size_ = 0;
  std::vector<TreeHash> hashes_;
};

}  // namespace b3iq::protocol

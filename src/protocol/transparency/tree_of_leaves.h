// Tests only: a tree whose leaves are all at hand, so that any hash of it can be had.
#pragma once

#include <vector>

#include "protocol/transparency/merkle_tree.h"

namespace b3iq::protocol {

class TreeOfLeaves {
 public:
  // With the hashes of all full subtrees that it makes whole.
  void add(const TreeHash& leaf) {
    if (levels_.empty()) levels_.emplace_back();
    levels_[0].push_back(leaf);
    for (std::size_t height = 0; levels_[height].size() % 2 == 0; ++height) {
      const auto& below = levels_[height];
      const auto hash = tree_node_hash(below[below.size() - 2], below.back());
      if (levels_.size() == height + 1) levels_.emplace_back();
      levels_[height + 1].push_back(hash);
    }
  }
  const TreeHash& leaf(std::uint64_t index) const { return levels_[0][index]; }
  std::uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  const TreeHash& subtree(const Subtree& subtree) const {
    return levels_[static_cast<std::size_t>(subtree.height)][subtree.index];
  }
  TreeHash hash_of(LeafRange range) const {
    std::vector<TreeHash> hashes;
    for (const auto& one : subtrees_of(range)) hashes.push_back(subtree(one));
    return join_subtrees(hashes);
  }
  TreeHead head(std::uint64_t size) const {
    if (size == 0) return empty_tree_head();
    return {size, hash_of({0, size})};
  }
  std::vector<TreeHash> inclusion(std::uint64_t index, std::uint64_t size) const {
    return all_of(inclusion_ranges(index, size));
  }
  std::vector<TreeHash> consistency(std::uint64_t older, std::uint64_t newer) const {
    return all_of(consistency_ranges(older, newer));
  }

 private:
  std::vector<TreeHash> all_of(const std::vector<LeafRange>& ranges) const {
    std::vector<TreeHash> hashes;
    for (const auto& range : ranges) hashes.push_back(hash_of(range));
    return hashes;
  }
  std::vector<std::vector<TreeHash>> levels_;
};

}  // namespace b3iq::protocol

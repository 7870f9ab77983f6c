#include "protocol/transparency/merkle_tree.h"

#include <algorithm>
#include <array>

namespace b3iq::protocol {
namespace {

constexpr std::array<std::uint8_t, 1> kLeafPrefix = {0x00};
constexpr std::array<std::uint8_t, 1> kNodePrefix = {0x01};

// The largest power of two below `count`, which is above 1.
std::uint64_t split_of(std::uint64_t count) { return std::bit_floor(count - 1); }

// The walk that both proofs verify by: two positions that rise together.
struct Climb {
  std::uint64_t at;
  std::uint64_t last;

  bool joins_left() const { return (at & 1) != 0 || at == last; }
  void rise() {
    at >>= 1;
    last >>= 1;
  }
  // Past the levels at which the right edge has no sibling.
  void skip_lone() {
    while (at != 0 && (at & 1) == 0) rise();
  }
};

}  // namespace

TreeHash tree_leaf_hash(base::ByteView entry) {
  crypto::Sha256 hash;
  hash.update(base::ByteView(kLeafPrefix));
  hash.update(entry);
  return hash.finish();
}

TreeHash tree_node_hash(const TreeHash& left, const TreeHash& right) {
  crypto::Sha256 hash;
  hash.update(base::ByteView(kNodePrefix));
  hash.update(base::ByteView(left));
  hash.update(base::ByteView(right));
  return hash.finish();
}

TreeHash empty_tree_root() { return crypto::sha256(base::ByteView()); }
TreeHead empty_tree_head() { return {0, empty_tree_root()}; }

std::vector<Subtree> subtrees_of(LeafRange range) {
  std::vector<Subtree> subtrees;
  while (range.begin < range.end) {
    const int height = static_cast<int>(std::bit_width(range.end - range.begin)) - 1;
    subtrees.push_back({height, range.begin >> height});
    range.begin += std::uint64_t{1} << height;
  }
  return subtrees;
}

TreeHash join_subtrees(std::span<const TreeHash> hashes) {
  TreeHash joined = hashes.back();
  for (std::size_t i = hashes.size() - 1; i > 0; --i)
    joined = tree_node_hash(hashes[i - 1], joined);
  return joined;
}

std::vector<LeafRange> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  std::vector<LeafRange> from_the_root;
  LeafRange tree{0, size};
  while (tree.end - tree.begin > 1) {
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (index < middle) {
      from_the_root.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      from_the_root.push_back({tree.begin, middle});
      tree.begin = middle;
    }
  }
  std::ranges::reverse(from_the_root);
  return from_the_root;
}

std::vector<LeafRange> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size) {
  std::vector<LeafRange> from_the_root;
  if (old_size == 0 || old_size == new_size) return from_the_root;
  LeafRange tree{0, new_size};
  // The old tree's edge is in `tree`; below a left subtree that is whole in both, its hash is not
  // known to whoever has the old root alone.
  bool is_old_root = true;
  while (tree.end != old_size) {
    const std::uint64_t middle = tree.begin + split_of(tree.end - tree.begin);
    if (old_size <= middle) {
      from_the_root.push_back({middle, tree.end});
      tree.end = middle;
    } else {
      from_the_root.push_back({tree.begin, middle});
      tree.begin = middle;
      is_old_root = false;
    }
  }
  if (!is_old_root) from_the_root.push_back(tree);
  std::ranges::reverse(from_the_root);
  return from_the_root;
}

// RFC 9162, section 2.1.3.2.
bool verify_inclusion(const TreeHash& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const TreeHash> proof, const TreeHash& root) {
  if (index >= size || size > kMaxTreeSize) return false;
  Climb climb{index, size - 1};
  TreeHash hash = leaf;
  for (const TreeHash& sibling : proof) {
    if (climb.last == 0) return false;
    if (climb.joins_left()) {
      hash = tree_node_hash(sibling, hash);
      climb.skip_lone();
    } else {
      hash = tree_node_hash(hash, sibling);
    }
    climb.rise();
  }
  return climb.last == 0 && hash == root;
}

// RFC 9162, section 2.1.4.2.
bool verify_consistency(const TreeHead& older, const TreeHead& newer,
                        std::span<const TreeHash> proof) {
  if (older.size > newer.size || newer.size > kMaxTreeSize) return false;
  if (older.size == newer.size) return proof.empty() && older.root == newer.root;
  if (older.size == 0) return proof.empty() && older.root == empty_tree_root();
  Climb climb{older.size - 1, newer.size - 1};
  while ((climb.at & 1) != 0) climb.rise();
  TreeHash old_hash = older.root;
  // Unless the old tree is one full subtree, the proof begins with its last one.
  if (!std::has_single_bit(older.size)) {
    if (proof.empty()) return false;
    old_hash = proof.front();
    proof = proof.subspan(1);
  }
  TreeHash new_hash = old_hash;
  for (const TreeHash& sibling : proof) {
    if (climb.last == 0) return false;
    if (climb.joins_left()) {
      old_hash = tree_node_hash(sibling, old_hash);
      new_hash = tree_node_hash(sibling, new_hash);
      climb.skip_lone();
    } else {
      new_hash = tree_node_hash(new_hash, sibling);
    }
    climb.rise();
  }
  return climb.last == 0 && old_hash == older.root && new_hash == newer.root;
}

base::Result<TreeFrontier> TreeFrontier::decode(std::uint64_t size, base::ByteView hashes) {
  const auto count = static_cast<std::size_t>(std::popcount(size));
  if (size > kMaxTreeSize || hashes.size() != count * sizeof(TreeHash)) {
    return base::Error(base::ErrorCode::corrupt,
                       "The hashes at the edge of the log's tree do not fit its size.");
  }
  TreeFrontier frontier;
  frontier.size_ = size;
  frontier.hashes_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto from = hashes.subspan(i * sizeof(TreeHash), sizeof(TreeHash));
    std::ranges::copy(from, frontier.hashes_[i].begin());
  }
  return frontier;
}

base::Bytes TreeFrontier::encode() const {
  base::Bytes bytes;
  bytes.reserve(hashes_.size() * sizeof(TreeHash));
  for (const TreeHash& hash : hashes_) bytes.insert(bytes.end(), hash.begin(), hash.end());
  return bytes;
}

TreeHead TreeFrontier::head() const {
  if (size_ == 0) return empty_tree_head();
  return {size_, join_subtrees(hashes_)};
}

}  // namespace b3iq::protocol

#include "protocol/transparency/log_tiles.h"

#include <gtest/gtest.h>

#include "protocol/transparency/tree_of_leaves.h"

namespace b3iq::protocol {
namespace {

TEST(LogTiles, PathsHaveOneSpelling) {
  const std::pair<TilePath, std::string_view> paths[] = {
      {{TileKind::hashes, {0, 0, 256}}, "tile/0/000"},
      {{TileKind::hashes, {0, 0, 1}}, "tile/0/000.p/1"},
      {{TileKind::hashes, {3, 1'234'067, 256}}, "tile/3/x001/x234/067"},
      {{TileKind::hashes, {6, 1'000, 255}}, "tile/6/x001/000.p/255"},
      {{TileKind::entries, {0, 999, 256}}, "tile/entries/999"},
      {{TileKind::entries, {0, 273, 112}}, "tile/entries/273.p/112"},
  };
  for (const auto& [path, text] : paths) {
    EXPECT_EQ(tile_path(path), text);
    EXPECT_EQ(parse_tile_path(text), path) << text;
  }
  for (const std::string_view text : {"",
                                      "tile",
                                      "tile/",
                                      "tile/0",
                                      "tile/0/",
                                      "tile/0/0",
                                      "tile/0/00",
                                      "tile/0/0000",
                                      "tile/0/x000/000",
                                      "tile/0/x001",
                                      "tile/0/x001/",
                                      "tile/0/001/000",
                                      "tile/0/x01/000",
                                      "tile/00/000",
                                      "tile/7/000",
                                      "tile/63/000",
                                      "tile/-1/000",
                                      "tile/0/000.p/0",
                                      "tile/0/000.p/256",
                                      "tile/0/000.p/01",
                                      "tile/0/000.p/",
                                      "tile/0/000.p/1/",
                                      "tile/0/000/",
                                      "tile/0/000.p",
                                      "tile/0/ 00",
                                      "tile/0/+00",
                                      "tile/Entries/000",
                                      "/tile/0/000",
                                      "tile/0/x999/x999/x999/x999/x999/999"})
    EXPECT_EQ(parse_tile_path(text), std::nullopt) << text;
}

TEST(LogTiles, WidthsOfATreeOfSeventyThousand) {
  EXPECT_EQ(tile_width(0, 272, 70'000), 256);
  EXPECT_EQ(tile_width(0, 273, 70'000), 112);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0);
  EXPECT_EQ(tile_width(1, 0, 70'000), 256);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1);
  EXPECT_EQ(tile_width(3, 0, 70'000), 0);
  EXPECT_EQ(tile_width(0, 0, 256), 256);
  EXPECT_EQ(tile_width(1, 0, 256), 1);
  EXPECT_EQ(tile_width(0, 0, 0), 0);
}

TEST(LogTiles, EverySubtreeComesFromOneTile) {
  constexpr std::uint64_t kSize = 1'100;
  TreeOfLeaves tree;
  for (std::uint64_t i = 0; i < kSize; ++i)
    tree.add(tree_leaf_hash(base::as_bytes(std::to_string(i))));
  for (int height = 0; height <= 10; ++height) {
    for (std::uint64_t index = 0; index < kSize >> height; ++index) {
      const Subtree subtree{height, index};
      const auto of = tile_hashes_of(subtree);
      EXPECT_EQ(of.first / kTileWidth,
                (of.first + static_cast<std::uint64_t>(of.count) - 1) / kTileWidth);
      std::vector<TreeHash> hashes;
      for (int i = 0; i < of.count; ++i)
        hashes.push_back(
            tree.subtree({of.level * kTileHeight, of.first + static_cast<std::uint64_t>(i)}));
      EXPECT_EQ(hash_of_tile_hashes(hashes), tree.subtree(subtree)) << height << " " << index;
    }
  }
}

TEST(LogTiles, BundlesHoldWholeEntriesAlone) {
  std::string bundle;
  append_bundle_entry(bundle, base::as_bytes(""));
  append_bundle_entry(bundle, base::as_bytes(std::string(300, 'x')));
  const auto entries = read_bundle(base::as_bytes(bundle), 2);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->at(0).size(), 0u);
  EXPECT_EQ(entries->at(1).size(), 300u);
  EXPECT_FALSE(read_bundle(base::as_bytes(bundle), 1).ok());
  EXPECT_FALSE(read_bundle(base::as_bytes(bundle), 3).ok());
  EXPECT_FALSE(read_bundle(base::as_bytes(bundle).first(bundle.size() - 1), 2).ok());
}

}  // namespace
}  // namespace b3iq::protocol

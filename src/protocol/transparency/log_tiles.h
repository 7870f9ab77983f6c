// A transparency log as files that never change: C2SP tlog-tiles (c2sp.org/tlog-tiles).
//
//   tile/<L>/<N>[.p/<W>]        W (else 256) hashes of level L from N*256 on, 32 bytes each; a hash
//                               of level L is that of the 256^L leaves below it
//   tile/entries/<N>[.p/<W>]    the entries behind level 0's tile N, each behind its length in two
//                               bytes, the high one first
//   <N> in groups of three digits, all but the last behind an "x": 1234067 is x001/x234/067
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/transparency/merkle_tree.h"

namespace b3iq::protocol {

inline constexpr int kTileHeight = 8;
inline constexpr int kTileWidth = 1 << kTileHeight;
inline constexpr int kTileLevels = 7;  // a tree of kMaxTreeSize has no hash of a level above
inline constexpr std::size_t kMaxEntryBytes = 65'535;
inline constexpr std::size_t kMaxTilePathBytes = 48;

struct Tile {
  int level = 0;
  std::uint64_t index = 0;
  int width = kTileWidth;
  friend bool operator==(const Tile&, const Tile&) = default;
};
enum class TileKind : std::uint8_t { hashes, entries };
struct TilePath {
  TileKind kind = TileKind::hashes;
  Tile tile;  // of level 0 for entries
  friend bool operator==(const TilePath&, const TilePath&) = default;
};

// "tile/…". `tile` of a level below kTileLevels, a width from 1 to 256.
std::string tile_path(const TilePath& path);
// nullopt for anything but the one spelling of a tile that a tree of kMaxTreeSize can have.
std::optional<TilePath> parse_tile_path(std::string_view path);

// How many hashes the tile of this level and index has in a tree of `size`: 0 to 256.
int tile_width(int level, std::uint64_t index, std::uint64_t size);

// The hashes of one level, `count` (a power of two) from `first` on, that a full subtree's is made
// of. All in one tile.
struct TileHashes {
  int level = 0;
  std::uint64_t first = 0;
  int count = 1;
  friend bool operator==(const TileHashes&, const TileHashes&) = default;
};
TileHashes tile_hashes_of(const Subtree& subtree);
// The hash of the subtree from those. As many as a power of two.
TreeHash hash_of_tile_hashes(std::vector<TreeHash> hashes);

// `entry` has at most kMaxEntryBytes.
void append_bundle_entry(std::string& bundle, base::ByteView entry);
// Views into `bundle`. Error: invalid_request, unless it holds exactly `count` entries.
base::Result<std::vector<base::ByteView>> read_bundle(base::ByteView bundle, int count);

}  // namespace b3iq::protocol

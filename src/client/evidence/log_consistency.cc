#include "client/evidence/log_consistency.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using protocol::Subtree;
using protocol::Tile;
using protocol::TreeHash;

namespace {

constexpr std::size_t kHashBytes = 32;

Tile tile_of(const protocol::TileHashes& hashes, std::uint64_t size) {
  const auto index = hashes.first / protocol::kTileWidth;
  return {hashes.level, index, protocol::tile_width(hashes.level, index, size)};
}

Error wrong_tile(const Tile& tile) {
  return Error(ErrorCode::invalid_request,
               fmt::format("{} is no such tile: it must have {} bytes. Fetch it again.",
                           protocol::tile_path({protocol::TileKind::hashes, tile}),
                           static_cast<std::size_t>(tile.width) * kHashBytes));
}

Result<TreeHash> hash_of(const Subtree& subtree, std::uint64_t size, const TileSource& tiles) {
  const auto wanted = protocol::tile_hashes_of(subtree);
  const auto tile = tile_of(wanted, size);
  TRY(const auto bytes, tiles(tile));
  if (bytes.size() != static_cast<std::size_t>(tile.width) * kHashBytes) return wrong_tile(tile);
  const auto offset = static_cast<std::size_t>(wanted.first % protocol::kTileWidth);
  if (offset + static_cast<std::size_t>(wanted.count) > static_cast<std::size_t>(tile.width))
    return wrong_tile(tile);
  std::vector<TreeHash> hashes(static_cast<std::size_t>(wanted.count));
  for (std::size_t i = 0; i < hashes.size(); ++i)
    std::copy_n(
        base::as_bytes(bytes).begin() + static_cast<std::ptrdiff_t>((offset + i) * kHashBytes),
        kHashBytes, hashes[i].begin());
  return protocol::hash_of_tile_hashes(std::move(hashes));
}

}  // namespace

std::vector<Tile> consistency_tiles(std::uint64_t old_size, std::uint64_t new_size) {
  std::vector<Tile> tiles;
  for (const auto& range : protocol::consistency_ranges(old_size, new_size)) {
    for (const auto& subtree : protocol::subtrees_of(range)) {
      const auto tile = tile_of(protocol::tile_hashes_of(subtree), new_size);
      if (std::ranges::find(tiles, tile) == tiles.end()) tiles.push_back(tile);
    }
  }
  return tiles;
}

Status check_log_grew(const protocol::Checkpoint& older, const protocol::Checkpoint& newer,
                      const TileSource& tiles) {
  if (older.head.size > newer.head.size) {
    return Error(ErrorCode::invalid_signature,
                 fmt::format("THE LOG SHRANK: it had {} receipts and now has {}. It promised never "
                             "to. Keep both checkpoints: they are signed proof of it.",
                             older.head.size, newer.head.size));
  }
  std::vector<TreeHash> proof;
  for (const auto& range : protocol::consistency_ranges(older.head.size, newer.head.size)) {
    std::vector<TreeHash> hashes;
    for (const auto& subtree : protocol::subtrees_of(range)) {
      TRY(const auto hash, hash_of(subtree, newer.head.size, tiles));
      hashes.push_back(hash);
    }
    proof.push_back(protocol::join_subtrees(hashes));
  }
  if (protocol::verify_consistency(older.head, newer.head, proof)) return {};
  return Error(ErrorCode::invalid_signature,
               "THE LOG WAS REWRITTEN, or the tiles are not the log's: the newer checkpoint does "
               "not begin with the older one. Fetch the tiles again; if it stays so, keep both "
               "checkpoints: they are signed proof of it.");
}

}  // namespace b3iq::client

// That a receipt log only grew between two checkpoints, from its tiles (C2SP tlog-tiles).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "protocol/transparency/log_checkpoint.h"
#include "protocol/transparency/log_tiles.h"

namespace b3iq::client {

// The tiles that the proof is made of. `old_size` <= `new_size`.
std::vector<protocol::Tile> consistency_tiles(std::uint64_t old_size, std::uint64_t new_size);

// The bytes of a tile.
using TileSource = std::function<base::Result<std::string>(const protocol::Tile& tile)>;

// Both checkpoints are verified already. Errors: invalid_signature when the newer log does not
// begin with the older one, or is smaller; those of `tiles`.
base::Status check_log_grew(const protocol::Checkpoint& older, const protocol::Checkpoint& newer,
                            const TileSource& tiles);

}  // namespace b3iq::client

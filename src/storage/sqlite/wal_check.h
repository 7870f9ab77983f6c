// Reads a write-ahead log before SQLite does. SQLite stops silently at the first frame whose
// checksum is wrong, which is right for the torn tail of a power cut and wrong for damage in the
// middle: commits behind it would vanish although they were acknowledged. Here the two are told
// apart.
//
//   wal    = header frame*
//   header = magic:u32 version:u32 page_size:u32 sequence:u32 salt1:u32 salt2:u32 sum1:u32 sum2:u32
//   (big endian) frame  = page:u32 pages_after_commit:u32 salt1:u32 salt2:u32 sum1:u32 sum2:u32
//   byte{page_size}
//
// The sums of a frame continue those of the frame before it. Every commit is synced before the next
// transaction begins, so a bad frame with, somewhere behind it, a commit frame that another frame
// continues, was once whole on disk.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace b3iq::storage {

struct WalState {
  enum class Kind : std::uint8_t { empty, whole, torn_tail, damaged };
  Kind kind = Kind::empty;
  std::uint64_t bad_offset =
      0;  // of the first bad frame (or 0, the header), for torn_tail and damaged
};

WalState check_wal(base::ByteView wal);

// The same for a file; a missing one is empty. Errors: file_failed.
base::Result<WalState> check_wal_file(const std::string& path);

}  // namespace b3iq::storage

// The disk's side of a part: written in order, hashed as it is written, synced in steps that the
// record remembers. Every call may block; one thread at a time (PartFile gives it one).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/downloads/download_record.h"
#include "agent/downloads/download_types.h"
#include "agent/downloads/open_part.h"
#include "base/result.h"
#include "crypto/sha256.h"

namespace b3iq::agent {

// After so many bytes all that was written is synced and the record says so.
inline constexpr std::int64_t kCheckpointBytes = 256 * kMebibyte;
// The kernel is asked to begin writing out this often, so that a sync finds little left.
inline constexpr std::int64_t kWriteOutBytes = 8 * kMebibyte;
// How often the free space is looked at.
inline constexpr std::int64_t kRoomCheckBytes = 16 * kMebibyte;
inline constexpr std::size_t kReadBlockBytes = 1024 * 1024;

// Told how many bytes of a long work are done; false ends it with `cancelled`.
using WorkTold = std::function<bool(std::int64_t done)>;

struct PartLimits {
  std::int64_t reserve_bytes = kDiskReserveBytes;  // stay free for others
  std::int64_t checkpoint_bytes = kCheckpointBytes;
};

class PartStore {
 public:
  // Errors: those of open_part().
  static base::Result<PartStore> open(const std::string& path, PartLimits limits);

  const std::optional<DownloadRecord>& record() const { return record_; }
  std::int64_t bytes() const { return bytes_; }

  // Reads and hashes what is there from before, as far as the record vouches for it, and cuts off
  // the rest; bytes() is what is left. Nothing is left when the checkpoint's bytes are others.
  base::Status recover(const WorkTold& told);
  // Empties the part; `record` is durable before anything follows. Error: storage_failed, also when
  // the whole of it would not fit.
  base::Status restart(DownloadRecord record);
  // Error: storage_failed when fewer than `more` bytes and the reserve are free.
  base::Status check_room(std::int64_t more) const;
  // After an error nothing more is written: what follows would be in the wrong place.
  base::Status write(std::string_view bytes);
  // Takes the whole of the plain file `from` instead of receiving it; what the part held is gone.
  // Nothing is synced yet on return.
  base::Status copy_from(const std::string& from, std::int64_t max_bytes, const WorkTold& told);
  // Syncs all, and tells its hash. Nothing is written after it.
  base::Result<ReceivedFile> seal();
  void remove() { remove_files(part_); }

 private:
  PartStore(OpenPart part, PartLimits limits);
  std::int64_t trusted_bytes() const;
  // Hashes on from bytes_ to `until`.
  base::Status hash_until(std::int64_t until, const WorkTold& told);
  base::Status truncate(std::int64_t bytes);
  base::Status write_next(std::string_view bytes);
  base::Status checkpoint();
  base::Status copy_bytes(int from, const std::string& name, const WorkTold& told);
  base::Error write_failed(int error) const;
  base::Error disk_full(std::int64_t more) const;
  std::int64_t missing(std::int64_t more) const;

  OpenPart part_;
  PartLimits limits_;
  std::optional<DownloadRecord> record_;
  std::optional<base::Error> failure_;  // of a write
  crypto::Sha256 hash_;
  std::int64_t bytes_ = 0;        // written and hashed
  std::int64_t written_out_ = 0;  // the kernel was asked to write out so far
  std::int64_t room_seen_at_ = 0;
};

}  // namespace b3iq::agent

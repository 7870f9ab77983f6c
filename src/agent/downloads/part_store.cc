#include "agent/downloads/part_store.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

std::string hex(const crypto::Sha256Digest& digest) { return base::to_hex(digest); }

// The hash so far; the computation goes on.
std::string hash_so_far(crypto::Sha256 hash) { return hex(hash.finish()); }

}  // namespace

PartStore::PartStore(OpenPart part, PartLimits limits)
    : part_(std::move(part)), limits_(limits), record_(load_record(part_)) {}

Result<PartStore> PartStore::open(const std::string& path, PartLimits limits) {
  TRY(auto part, open_part(path));
  return PartStore(std::move(part), limits);
}

std::int64_t PartStore::trusted_bytes() const {
  if (!record_) return 0;
  const bool same_run = !record_->boot_id.empty() && record_->boot_id == current_boot_id();
  if (part_.bytes < record_->checkpoint_bytes) return 0;
  if (part_.bytes > record_->total_bytes.value_or(kMaxModelFileBytes)) return 0;
  return same_run ? part_.bytes : record_->checkpoint_bytes;
}

Status PartStore::recover(const WorkTold& told) {
  const std::int64_t keep = trusted_bytes();
  if (keep == 0) return truncate(0);
  TRY_OK(hash_until(record_->checkpoint_bytes, told));
  if (bytes_ > 0 && hash_so_far(hash_) != record_->checkpoint_sha256) return truncate(0);
  TRY_OK(hash_until(keep, told));
  written_out_ = bytes_;
  if (bytes_ == part_.bytes) return {};
  if (::ftruncate(part_.file.get(), bytes_) != 0) return write_failed(errno);
  return {};
}

Status PartStore::hash_until(std::int64_t until, const WorkTold& told) {
  std::vector<char> block(kReadBlockBytes);
  ::posix_fadvise(part_.file.get(), bytes_, until - bytes_, POSIX_FADV_SEQUENTIAL);
  while (bytes_ < until) {
    if (told && !told(bytes_)) return Error(ErrorCode::cancelled, "the download was cancelled");
    const auto want = static_cast<std::size_t>(
        std::min<std::int64_t>(until - bytes_, static_cast<std::int64_t>(block.size())));
    const ssize_t got = ::pread(part_.file.get(), block.data(), want, bytes_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return part_failed("read", part_.path, errno);
    if (got == 0) return part_failed("read all of", part_.path, EIO);
    hash_.update(std::string_view(block.data(), static_cast<std::size_t>(got)));
    bytes_ += got;
  }
  return {};
}

Status PartStore::truncate(std::int64_t bytes) {
  if (::ftruncate(part_.file.get(), bytes) != 0) return write_failed(errno);
  hash_ = crypto::Sha256();
  part_.bytes = bytes_ = written_out_ = room_seen_at_ = 0;
  return {};
}

Status PartStore::restart(DownloadRecord record) {
  TRY_OK(truncate(0));
  record.checkpoint_bytes = 0;
  record.checkpoint_sha256.clear();
  record.boot_id = current_boot_id();
  TRY_OK(check_room(record.total_bytes.value_or(0)));
  TRY_OK(save_record(part_, record));
  record_ = std::move(record);
  return {};
}

// How many bytes must be freed before `more` fit beside the reserve.
std::int64_t PartStore::missing(std::int64_t more) const {
  struct statvfs space{};
  if (::fstatvfs(part_.file.get(), &space) != 0) return 0;  // the write itself will tell
  const auto room = static_cast<std::int64_t>(std::min<std::uint64_t>(
      std::uint64_t{space.f_bavail} * space.f_frsize, std::uint64_t{1} << 62));
  return std::max<std::int64_t>(0, more + limits_.reserve_bytes - room);
}

Error PartStore::disk_full(std::int64_t more) const {
  std::string detail = "There is too little room for " + part_.path + ": ";
  detail.append(std::to_string(std::max<std::int64_t>(1, missing(more))))
      .append(" bytes are missing (" + std::to_string(more) + " still to come, ")
      .append(std::to_string(limits_.reserve_bytes))
      .append(
          " stay free for other things). Free that much and start it again: it goes on where "
          "it stopped.");
  return Error(ErrorCode::storage_failed, std::move(detail));
}

Status PartStore::check_room(std::int64_t more) const {
  if (missing(more) > 0) return disk_full(more);
  return {};
}

Error PartStore::write_failed(int error) const {
  const std::int64_t more = record_ && record_->total_bytes
                                ? std::max<std::int64_t>(1, *record_->total_bytes - bytes_)
                                : 1;
  if (error == ENOSPC || error == EDQUOT) return disk_full(more);
  std::string detail = "Cannot write " + part_.path + ": " + std::strerror(error);
  if (error == EFBIG) {
    detail.append("; ")
        .append(std::to_string(more))
        .append(
            " bytes are missing, but the file system or the process's limit (ulimit -f) lets no "
            "file "
            "grow so far");
  }
  return Error(ErrorCode::storage_failed, detail.append("."));
}

Status PartStore::write(std::string_view bytes) {
  if (failure_) return *failure_;
  auto status = write_next(bytes);
  if (!status.ok()) failure_ = status.error();
  return status;
}

Status PartStore::write_next(std::string_view bytes) {
  if (const int error = write_at(part_.file.get(), bytes, bytes_); error != 0) {
    return write_failed(error);
  }
  hash_.update(bytes);
  bytes_ += static_cast<std::int64_t>(bytes.size());
  if (bytes_ - written_out_ >= kWriteOutBytes) {
    ::sync_file_range(part_.file.get(), written_out_, bytes_ - written_out_, SYNC_FILE_RANGE_WRITE);
    written_out_ = bytes_;
  }
  if (record_ && bytes_ - record_->checkpoint_bytes >= limits_.checkpoint_bytes)
    TRY_OK(checkpoint());
  if (bytes_ - room_seen_at_ < kRoomCheckBytes) return {};
  room_seen_at_ = bytes_;
  // Another program may take the room meanwhile; the rest of the file is not there yet either.
  const std::int64_t total = record_ ? record_->total_bytes.value_or(bytes_) : bytes_;
  return check_room(std::max<std::int64_t>(0, total - bytes_));
}

Status PartStore::checkpoint() {
  if (::fdatasync(part_.file.get()) != 0) return write_failed(errno);
  if (!record_) return {};
  record_->checkpoint_bytes = bytes_;
  record_->checkpoint_sha256 = bytes_ == 0 ? std::string() : hash_so_far(hash_);
  record_->boot_id = current_boot_id();
  return save_record(part_, *record_);
}

Result<ReceivedFile> PartStore::seal() {
  if (failure_) return *failure_;
  TRY_OK(checkpoint());
  return ReceivedFile{.sha256 = hash_so_far(hash_), .bytes = bytes_};
}

}  // namespace b3iq::agent

#include "storage/sqlite/wal_check.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace b3iq::storage {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kSummedOfFrameHeader = 8;
constexpr std::uint32_t kMagic = 0x377f0682;  // the lowest bit says that sums read big-endian words

std::uint32_t big_endian(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

struct Sums {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  bool operator==(const Sums&) const = default;
};

struct Wal {
  base::ByteView bytes;
  bool big_endian_sums = false;
  std::size_t page_bytes = 0;

  std::size_t frame_bytes() const { return kFrameHeaderBytes + page_bytes; }
  std::size_t frames() const { return (bytes.size() - kHeaderBytes) / frame_bytes(); }
  std::size_t offset(std::size_t i) const { return kHeaderBytes + i * frame_bytes(); }
  const std::uint8_t* frame(std::size_t i) const { return bytes.data() + offset(i); }
  bool is_commit(std::size_t i) const { return big_endian(frame(i) + 4) != 0; }
  bool same_salts(const std::uint8_t* salts, std::size_t i) const {
    return std::memcmp(frame(i) + 8, salts, 8) == 0;
  }
  static Sums stored(const std::uint8_t* at) { return {big_endian(at), big_endian(at + 4)}; }
  // The sums found before frame `i`: those of the frame in front of it, or of the header.
  Sums before(std::size_t i) const {
    return i == 0 ? stored(bytes.data() + 24) : stored(frame(i - 1) + 16);
  }
  Sums add(Sums sums, const std::uint8_t* data, std::size_t size) const {
    for (std::size_t i = 0; i < size; i += 8) {
      std::uint32_t x, y;
      std::memcpy(&x, data + i, 4);
      std::memcpy(&y, data + i + 4, 4);
      if (big_endian_sums != (std::endian::native == std::endian::big)) {
        x = __builtin_bswap32(x);
        y = __builtin_bswap32(y);
      }
      sums.a += x + sums.b;
      sums.b += y + sums.a;
    }
    return sums;
  }
  // True when frame `i` continues what stands in front of it.
  bool continues(std::size_t i) const {
    if (big_endian(frame(i)) == 0) return false;
    Sums sums = add(before(i), frame(i), kSummedOfFrameHeader);
    sums = add(sums, frame(i) + kFrameHeaderBytes, page_bytes);
    return sums == stored(frame(i) + 16);
  }
};

}  // namespace

WalState check_wal(base::ByteView bytes) {
  if (bytes.size() < kHeaderBytes) return {};
  const std::uint32_t magic = big_endian(bytes.data());
  const std::uint32_t page_bytes = big_endian(bytes.data() + 8);
  Wal wal{bytes, (magic & 1) != 0, page_bytes};
  if ((magic & ~1u) != kMagic || !std::has_single_bit(page_bytes) || page_bytes < 512 ||
      page_bytes > 65536) {
    // The header is synced before the first frame is written, so frames behind a lost header were
    // durable once.
    const bool nothing = bytes.size() <= kHeaderBytes + kFrameHeaderBytes ||
                         std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == 0; });
    return {nothing ? WalState::Kind::torn_tail : WalState::Kind::damaged, 0};
  }
  const bool good_header = wal.add({}, bytes.data(), 24) == Wal::stored(bytes.data() + 24);
  if (wal.frames() == 0)
    return {good_header ? WalState::Kind::whole : WalState::Kind::torn_tail, 0};

  const std::uint8_t* const salts = good_header ? bytes.data() + 16 : wal.frame(0) + 8;
  std::size_t bad = 0;
  if (good_header) {
    while (bad < wal.frames() && wal.same_salts(salts, bad) && wal.continues(bad)) ++bad;
    if (bad == wal.frames()) return {WalState::Kind::whole, 0};
  }
  const std::uint64_t bad_offset = good_header ? wal.offset(bad) : 0;
  for (std::size_t i = bad + 1; i < wal.frames(); ++i) {
    if (wal.same_salts(salts, i - 1) && wal.same_salts(salts, i) && wal.is_commit(i - 1) &&
        wal.continues(i)) {
      return {WalState::Kind::damaged, bad_offset};
    }
  }
  return {WalState::Kind::torn_tail, bad_offset};
}

base::Result<WalState> check_wal_file(const std::string& path) {
  const auto failed = [&path](const char* doing) {
    return base::Error(base::ErrorCode::file_failed,
                       fmt::format("cannot {} {}: {}", doing, path, std::strerror(errno)));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return WalState{};
    return failed("open");
  }
  base::Bytes bytes;
  struct stat info;
  ssize_t got = ::fstat(fd, &info);
  if (got == 0) {
    bytes.resize(static_cast<std::size_t>(info.st_size));
    std::size_t done = 0;
    while (done < bytes.size() && (got = ::pread(fd, bytes.data() + done, bytes.size() - done,
                                                 static_cast<off_t>(done))) > 0) {
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
  }
  const int error = errno;
  ::close(fd);
  errno = error;
  if (got < 0) return failed("read");
  return check_wal(bytes);
}

}  // namespace b3iq::storage

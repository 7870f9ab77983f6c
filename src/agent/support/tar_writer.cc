#include "agent/support/tar_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/check.h"

namespace b3iq::agent {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameBytes = 100;

using Header = std::array<char, kBlock>;

void put(Header& header, std::size_t at, std::string_view text) {
  std::ranges::copy(text, header.begin() + static_cast<std::ptrdiff_t>(at));
}

// The sum of the header's bytes, its own field taken as spaces.
unsigned checksum(const Header& header) {
  return std::accumulate(header.begin(), header.end(), 0U, [](unsigned sum, char byte) {
    return sum + static_cast<unsigned char>(byte);
  });
}

// Eleven octal digits reach to 8 GiB; beyond that in binary, as GNU tar does and all others read.
void put_size(Header& header, std::uint64_t size) {
  constexpr std::size_t kAt = 124;
  constexpr std::size_t kBytes = 12;
  constexpr std::uint64_t kMostOctal = (std::uint64_t{1} << 33) - 1;
  if (size <= kMostOctal) {
    put(header, kAt, fmt::format("{:011o}", size));
    return;
  }
  header[kAt] = static_cast<char>(0x80);
  for (std::size_t i = 0; i < sizeof size; ++i)
    header[kAt + kBytes - 1 - i] = static_cast<char>(size >> (8 * i) & 0xFF);
}

}  // namespace

void append_tar_header(std::string& archive, std::string_view name, std::uint64_t size,
                       std::int64_t modified_unix_s) {
  B3_CHECK(name.size() < kNameBytes);
  Header header{};
  put(header, 0, name);
  put(header, 100, "0000600");
  put(header, 108, "0000000");
  put(header, 116, "0000000");
  put_size(header, size);
  put(header, 136, fmt::format("{:011o}", modified_unix_s));
  put(header, 148, "        ");
  put(header, 156, "0");
  put(header, 257,
      std::string_view("ustar\0"
                       "00",
                       8));
  put(header, 148, fmt::format("{:06o}", checksum(header)));
  header[154] = '\0';
  archive.append(header.data(), header.size());
}

std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kBlock - size % kBlock) % kBlock);
}

void append_tar_file(std::string& archive, std::string_view name, std::string_view content,
                     std::int64_t modified_unix_s) {
  append_tar_header(archive, name, content.size(), modified_unix_s);
  archive.append(content);
  archive.append(tar_padding(content.size()), '\0');
}

void end_tar(std::string& archive) { archive.append(2 * kBlock, '\0'); }

}  // namespace b3iq::agent

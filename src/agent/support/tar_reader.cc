#include "agent/support/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMaxFiles = 1'000;

Error no_archive(std::size_t at, std::string_view what) {
  return Error(ErrorCode::invalid_request,
               fmt::format("This is no archive of a support bundle: {} (at byte {}).", what, at));
}

bool is_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

// A field's text, up to its first zero byte.
std::string_view field(std::string_view header, std::size_t at, std::size_t size) {
  const auto text = header.substr(at, size);
  return text.substr(0, text.find('\0'));
}

std::optional<std::size_t> octal(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::size_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, 8);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The sum of the header's bytes, its own field taken as spaces.
std::size_t checksum(std::string_view header) {
  constexpr std::size_t kAt = 148;
  constexpr std::size_t kSize = 8;
  std::string bytes(header);
  bytes.replace(kAt, kSize, kSize, ' ');
  return std::accumulate(bytes.begin(), bytes.end(), std::size_t{0}, [](std::size_t sum, char c) {
    return sum + static_cast<unsigned char>(c);
  });
}

Result<TarFile> read_file(std::string_view archive, std::size_t at) {
  const auto header = archive.substr(at, kBlock);
  if (octal(field(header, 148, 8)) != checksum(header))
    return no_archive(at, "a header's checksum is wrong");
  if (header[156] != '0') return no_archive(at, "something in it is no plain file");
  const auto size = octal(field(header, 124, 12));
  if (!size || *size > archive.size() - at - kBlock) return no_archive(at, "a file is cut off");
  return TarFile{std::string(field(header, 0, 100)), archive.substr(at + kBlock, *size)};
}

}  // namespace

Result<std::vector<TarFile>> read_tar(std::string_view archive) {
  std::vector<TarFile> files;
  std::size_t at = 0;
  while (at + kBlock <= archive.size() && !is_zero(archive.substr(at, kBlock))) {
    if (files.size() >= kMaxFiles) return no_archive(at, "it has too many files");
    TRY(auto file, read_file(archive, at));
    at += kBlock;
    const auto padded = (file.content.size() + kBlock - 1) / kBlock * kBlock;
    if (padded > archive.size() - at) return no_archive(at, "a file is cut off");
    if (!is_zero(archive.substr(at + file.content.size(), padded - file.content.size())))
      return no_archive(at, "there is something between two files");
    at += padded;
    files.push_back(std::move(file));
  }
  if (files.empty()) return no_archive(0, "it has no files");
  if (archive.size() < at + 2 * kBlock || !is_zero(archive.substr(at)))
    return no_archive(at, "its end is missing, or something follows it");
  return files;
}

}  // namespace b3iq::agent

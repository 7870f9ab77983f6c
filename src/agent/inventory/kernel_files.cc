#include "agent/inventory/kernel_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>

#include "base/text.h"

namespace b3iq::agent::inventory {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {
Error failed(const std::string& path, int code) {
  return {ErrorCode::file_failed, path + ": " + strerror(code) + "."};
}
}  // namespace

Result<std::string> read_kernel_text(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed(path, errno);
  std::string text;
  std::array<char, 16 * 1024> piece;
  ssize_t count;
  while ((count = ::read(fd, piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxKernelFileBytes) break;
  }
  const int code = errno;
  ::close(fd);
  if (count < 0) return failed(path, code);
  if (text.size() > kMaxKernelFileBytes)
    return Error(ErrorCode::file_failed, path + ": longer than it can be.");
  return std::string(base::trimmed(text));
}

Result<std::int64_t> read_kernel_number(const std::string& path) {
  TRY(const auto text, read_kernel_text(path));
  if (const auto number = whole_number(text)) return *number;
  return Error(ErrorCode::file_failed, path + ": not a number.");
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) return failed(path, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == kMaxFolderEntries)
      return Error(ErrorCode::file_failed, path + ": more entries than there can be.");
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> link_name(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t count = ::readlink(path.c_str(), target.data(), target.size());
  if (count < 0) return failed(path, errno);
  const std::string_view whole(target.data(), static_cast<std::size_t>(count));
  return std::string(whole.substr(whole.rfind('/') + 1));
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::string> colon_value(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon == line.npos || base::trimmed(line.substr(0, colon)) != name) continue;
    return std::string(base::trimmed(line.substr(colon + 1)));
  }
  return std::nullopt;
}

std::optional<std::int64_t> cpu_list_size(std::string_view list) {
  std::int64_t total = 0;
  while (!list.empty()) {
    const std::string_view range = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), range.size() + 1));
    const auto dash = range.find('-');
    const auto first = whole_number(range.substr(0, dash));
    const auto last = dash == range.npos ? first : whole_number(range.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last > 1'000'000) return std::nullopt;
    total += *last - *first + 1;
  }
  return total > 0 ? std::optional(total) : std::nullopt;
}

}  // namespace b3iq::agent::inventory

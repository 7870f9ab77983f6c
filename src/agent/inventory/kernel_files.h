// The small text files that the kernel tells about the machine in. Every path begins with a root,
// "" on a real machine and a folder in tests. Any thread; may block where a driver is sick, so only
// the probe process calls it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace b3iq::agent::inventory {

inline constexpr std::size_t kMaxKernelFileBytes = 1024 * 1024;  // /proc/cpuinfo of 500 CPUs
inline constexpr std::size_t kMaxFolderEntries = 4096;

// The file's text without white space at the ends. Errors: file_failed, with the path and why.
base::Result<std::string> read_kernel_text(const std::string& path);
// A whole number in decimal, and nothing else in the file.
base::Result<std::int64_t> read_kernel_number(const std::string& path);
// Sorted names, without "." and "..".
base::Result<std::vector<std::string>> list_folder(const std::string& path);
// The last part of where a link points to: the driver's name of ".../device/driver".
base::Result<std::string> link_name(const std::string& path);
bool file_exists(const std::string& path);

std::optional<std::int64_t> whole_number(std::string_view text);
// The value of the first "name : value" or "name<tab>: value" line, trimmed.
std::optional<std::string> colon_value(std::string_view text, std::string_view name);
// How many CPUs a list such as "0-3,8" names.
std::optional<std::int64_t> cpu_list_size(std::string_view list);

}  // namespace b3iq::agent::inventory

#include "cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/exit_status.h"

namespace b3iq::cli {
namespace {

// Characters a reader sees, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

int exit_code_of(base::ErrorCode code) {
  if (code == base::ErrorCode::runtime_unreachable ||
      code == base::ErrorCode::control_plane_unreachable || code == base::ErrorCode::shutting_down)
    return kExitNotRunning;
  const int status = base::error_info(code).http_status;
  return status == 401 || status == 402 || status == 403 || status == 429 ? kExitRefused
                                                                          : kExitFailed;
}

}  // namespace

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    fmt::print("{}\n", line);
  }
}

int print_error(const base::Error& error) {
  fmt::print(stderr, "error: {}\n       ({})\n", error.detail,
             base::error_info(error.code).wire_name);
  return exit_code_of(error.code);
}

int print_usage_error(std::string_view detail) {
  fmt::print(stderr, "error: {}\n       (the command line is wrong; --help shows every option)\n",
             detail);
  return kExitUsage;
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

}  // namespace b3iq::cli

#include "agent/inventory/disk_reader.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <utility>

#include "agent/inventory/findings.h"
#include "agent/inventory/kernel_files.h"

namespace b3iq::agent::inventory {
namespace {

// The path, or the nearest folder above it that exists, without links.
std::optional<std::string> existing_part(std::string path) {
  std::array<char, PATH_MAX> real;
  while (!path.empty()) {
    if (::realpath(path.c_str(), real.data()) != nullptr) return std::string(real.data());
    if (errno != ENOENT || path == "/") return std::nullopt;
    const auto slash = path.find_last_of('/');
    if (slash == path.npos) return std::nullopt;
    path.resize(slash == 0 ? 1 : slash);
  }
  return std::nullopt;
}

// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() + 0 &&
                       text.substr(i + 1, 3).find_first_not_of("01234567") == text.npos;
    if (!octal) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                    (text[i + 3] - '0')));
    i += 3;
  }
  return out;
}

bool is_on(std::string_view path, std::string_view mount) {
  if (mount == "/") return true;
  return path.starts_with(mount) && (path.size() == mount.size() || path[mount.size()] == '/');
}

struct Mount {
  std::string point;
  std::string type;
};

// The last of the longest mounts that the path is on: later mounts cover earlier ones.
std::optional<Mount> mount_of(const std::string& mountinfo, const std::string& path) {
  std::optional<Mount> best;
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, parent, device, in, point, word, type;
    if (!(words >> id >> parent >> device >> in >> point)) continue;
    while (words >> word && word != "-") {
    }
    if (!(words >> type)) continue;
    point = unescaped(point);
    if (is_on(path, point) && (!best || point.size() >= best->point.size()))
      best = Mount{std::move(point), std::move(type)};
  }
  return best;
}

std::int64_t product(unsigned long long blocks, unsigned long long size) {
  unsigned long long bytes = 0;
  const bool over = __builtin_mul_overflow(blocks, size, &bytes) ||
                    bytes > static_cast<unsigned long long>(INT64_MAX);
  return over ? INT64_MAX : static_cast<std::int64_t>(bytes);
}

void read_space(const std::string& path, Disk& disk, Findings& findings) {
  struct statvfs space{};
  if (::statvfs(path.c_str(), &space) != 0) {
    const std::string why = std::string("statvfs: ") + strerror(errno) + ".";
    for (const char* field : {"disk.total_bytes", "disk.free_bytes", "disk.read_only"})
      findings.no(field, why);
    return;
  }
  disk.read_only = (space.f_flag & ST_RDONLY) != 0;
  if (space.f_blocks == 0) {  // as proc and some network file systems say
    findings.no("disk.total_bytes", "The file system does not tell its size.");
    findings.no("disk.free_bytes", "The file system does not tell its size.");
    return;
  }
  disk.total_bytes = product(space.f_blocks, space.f_frsize);
  disk.free_bytes = product(space.f_bavail, space.f_frsize);
}

}  // namespace

DiskReport read_disk(const std::string& root, const std::string& path) {
  Findings findings;
  DiskReport report;
  report.disk.path = path;
  if (const auto existing = existing_part(path)) {
    read_space(*existing, report.disk, findings);
    const auto mountinfo = read_kernel_text(root + "/proc/self/mountinfo");
    if (const auto mount = mountinfo.ok() ? mount_of(*mountinfo, *existing) : std::nullopt) {
      report.disk.mount_point = mount->point;
      report.disk.type = mount->type;
    } else {
      for (const char* field : {"disk.mount_point", "disk.type"})
        findings.no(field, mountinfo.ok() ? "No mount has it." : mountinfo.error().detail);
    }
  } else {
    const std::string why = std::string("The path cannot be reached: ") + strerror(errno) + ".";
    for (const char* field :
         {"disk.mount_point", "disk.type", "disk.total_bytes", "disk.free_bytes", "disk.read_only"})
      findings.no(field, why);
    findings.note("disk_missing", path + ": " + why);
  }
  report.unknown = std::move(findings.unknown);
  report.notes = std::move(findings.notes);
  return report;
}

}  // namespace b3iq::agent::inventory

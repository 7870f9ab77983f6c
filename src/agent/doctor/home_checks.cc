#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/doctor/doctor_checks.h"

namespace b3iq::agent {
namespace {

constexpr std::uint64_t kLowDiskBytes = std::uint64_t{1024} * 1024 * 1024;
constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr mode_t kOwnerAll = 0700;
constexpr mode_t kOthers = 077;

std::string user_name(uid_t user) {
  const passwd* entry = ::getpwuid(user);
  return entry ? entry->pw_name : fmt::format("#{}", user);
}

void check_mode(const std::string& check, const std::string& path, mode_t mode, Diagnosis& out) {
  const std::string fix = "chmod 700 " + shell_word(path);
  if ((mode & kOthers) != 0) {
    out.fault(check, fmt::format("Other users can enter {}.", path), fix);
  } else if ((mode & kOwnerAll) != kOwnerAll) {
    out.fault(check, fmt::format("{} cannot be written by its owner.", path), fix);
  } else {
    out.good(check, path);
  }
}

void check_owner(const std::string& path, uid_t owner, Diagnosis& out) {
  const uid_t me = ::geteuid();
  if (owner == me) {
    out.good("home.owner", user_name(owner));
    return;
  }
  // Root looks at the home of a service: the home is right, root is the wrong one to look.
  const std::string fix = me == 0 ? fmt::format("sudo -u {} b3iq-host --home {} doctor",
                                                shell_word(user_name(owner)), shell_word(path))
                                  : fmt::format("sudo chown -R {} {}", me, shell_word(path));
  out.fault("home.owner",
            fmt::format("{} belongs to {}, and this command runs as {}.", path, user_name(owner),
                        user_name(me)),
            fix);
}

void check_folder(const std::string& check, const std::string& path, Diagnosis& out) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    out.fault(check, fmt::format("There is no {}.", path), "mkdir -m 700 " + shell_word(path));
  } else if (!S_ISDIR(info.st_mode)) {
    out.fault(check, fmt::format("{} is not a folder.", path),
              fmt::format("mv {0} {0}.away && mkdir -m 700 {0}", shell_word(path)));
  } else {
    check_mode(check, path, info.st_mode, out);
  }
}

}  // namespace

bool check_home(const Home& home, Diagnosis& out) {
  struct stat info{};
  if (::stat(home.root.c_str(), &info) != 0) {
    out.fault("home.exists", fmt::format("There is no {}.", home.root),
              fmt::format("b3iq-host --home {} init", shell_word(home.root)));
    return false;
  }
  out.good("home.exists", home.root);
  check_mode("home.mode", home.root, info.st_mode, out);
  check_owner(home.root, info.st_uid, out);
  check_folder("home.secrets", home.secrets(), out);
  check_folder("home.run", home.run(), out);
  check_folder("home.models", home.models(), out);
  return true;
}

void check_disk(const Home& home, Diagnosis& out) {
  struct statvfs disk{};
  if (::statvfs(home.root.c_str(), &disk) != 0) return;
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const auto text = fmt::format("{:.1f} GiB free", static_cast<double>(free) / kGiB);
  if (free < kLowDiskBytes) {
    out.warning("disk.space", text,
                "Free some space: receipts cannot be written to a full disk, and calls are refused "
                "then.");
  } else {
    out.good("disk.space", text);
  }
}

}  // namespace b3iq::agent

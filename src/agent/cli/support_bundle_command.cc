#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/support/support_bundle.h"
#include "base/bytes.h"
#include "cli/print_object.h"
#include "crypto/sha256.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

// A new file that only this user can read; nothing is left of it when it cannot be written whole.
Status write_new_file(const std::string& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return Error(errno == EEXIST ? ErrorCode::conflict : ErrorCode::file_failed,
                 fmt::format("{} cannot be made: {}. Name another new file with --out.", path,
                             std::strerror(errno)));
  }
  bool good = true;
  while (good && !bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    good = n > 0;
    if (good) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  const int reason = errno;
  good = ::close(fd) == 0 && good;
  if (good) return {};
  ::unlink(path.c_str());
  return Error(ErrorCode::file_failed,
               fmt::format("{} cannot be written: {}.", path, std::strerror(reason)));
}

// Before anything is gathered: what it will be.
void announce(const std::string& file) {
  fmt::print(stderr, "{} will hold:\n", file);
  for (const auto& part : bundle_parts()) fmt::print(stderr, "  {:16} {}\n", part.name, part.about);
  fmt::print(stderr,
             "No prompts, answers, secrets, addresses or paths; no names but the ids of runtimes. "
             "It goes nowhere by itself.\n");
}

void print_text(const std::string& file, std::size_t bytes, const std::string& hash,
                const std::vector<SupportBundle::Part>& made) {
  for (const auto& [part, size] : made) fmt::print("{:16} {:>9} bytes\n", part.name, size);
  fmt::print("{}: {} bytes, SHA-256 {}\nRead it before you send it: tar -xOf {} | less\n", file,
             bytes, hash, file);
}

void print_json(const std::string& file, std::size_t bytes, const std::string& hash,
                const std::vector<SupportBundle::Part>& made) {
  cli::print_object([&](json::Writer& w) {
    w.member("file", std::string_view(file));
    w.member("bytes", static_cast<std::int64_t>(bytes));
    w.member("sha256", std::string_view(hash));
    w.key("parts");
    w.begin_array();
    for (const auto& [part, size] : made) {
      w.begin_object();
      w.member("name", part.name);
      w.member("about", part.about);
      w.member("bytes", static_cast<std::int64_t>(size));
      w.end_object();
    }
    w.end_array();
  });
}

}  // namespace

int run_support_bundle(const Home& home, const SupportBundleOptions& options) {
  const auto wanted = options.file.empty() ? std::string("The bundle") : options.file;
  announce(wanted);
  const auto bundle = make_support_bundle(home);
  const auto file = options.file.empty() ? bundle.name + ".tar" : options.file;
  if (auto written = write_new_file(file, bundle.archive); !written.ok())
    return print_error(written.error());
  const auto hash = base::to_hex(crypto::sha256(bundle.archive));
  if (options.form == OutputForm::json) {
    print_json(file, bundle.archive.size(), hash, bundle.parts);
  } else {
    print_text(file, bundle.archive.size(), hash, bundle.parts);
  }
  return kExitOk;
}

}  // namespace b3iq::agent

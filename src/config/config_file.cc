#include "config/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>

#include "config/config.h"
#include "json/json.h"

namespace b3iq::config {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr int kMaxNameParts = 8;

Error file_error(std::string_view doing, const std::string& path) {
  return {ErrorCode::file_failed,
          fmt::format("cannot {} {}: {}", doing, path, std::strerror(errno))};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

// A file that is a link stays one: what it points to is replaced.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  return real ? std::string(real.get()) : path;
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return file_error("write", path);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status replace_file(const std::string& path, std::string_view text, int folder) {
  const std::string made = path + ".new";
  ::unlink(made.c_str());
  {
    const Descriptor file(::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return file_error("create", made);
    auto written = write_all(file.get(), text, made);
    if (written.ok() && ::fsync(file.get()) != 0) written = file_error("sync", made);
    if (!written.ok()) {
      ::unlink(made.c_str());
      return written;
    }
  }
  if (::rename(made.c_str(), path.c_str()) != 0) return file_error("replace", path);
  if (::fsync(folder) != 0) return file_error("sync the folder of", path);
  return {};
}

// Writes a value with indentation. `change` applies to the members below it.
class Rewriter {
 public:
  explicit Rewriter(std::string& out) : out_(out) {}

  // Puts `replacement` at the dotted `name`, or takes that member away when it is null.
  Status object(json::Value object, std::string_view name, const std::string* replacement) {
    const auto dot = name.find('.');
    const std::string_view head = name.substr(0, dot);
    const std::string_view rest = dot == name.npos ? std::string_view() : name.substr(dot + 1);
    bool found = false;
    open('{');
    for (std::size_t i = 0; i < object.size(); ++i) {
      const auto member = object.member(i);
      const bool here = member.name == head;
      found = found || here;
      if (here && rest.empty() && replacement == nullptr) continue;
      key(member.name);
      if (!here) {
        value(member.value);
      } else if (rest.empty()) {
        TRY_OK(text(*replacement));
      } else if (member.value.is_object()) {
        TRY_OK(this->object(member.value, rest, replacement));
      } else {
        return Error(ErrorCode::config_invalid,
                     fmt::format("\"{}\" is there, but it is no object", head));
      }
    }
    if (!found && replacement != nullptr) {
      key(head);
      TRY_OK(rest.empty() ? text(*replacement) : this->object({}, rest, replacement));
    }
    close('}');
    return {};
  }

 private:
  void open(char bracket) {
    out_.push_back(bracket);
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) line();
    out_.push_back(bracket);
    first_ = false;
  }
  void line() {
    out_.push_back('\n');
    out_.append(2 * static_cast<std::size_t>(depth_), ' ');
  }
  void element() {
    if (!first_) out_.push_back(',');
    line();
    first_ = false;
  }
  void key(std::string_view name) {
    element();
    json::append_string(out_, name);
    out_ += ": ";
  }
  void value(json::Value v) {
    if (v.is_object()) {
      open('{');
      for (std::size_t i = 0; i < v.size(); ++i) {
        key(v.member(i).name);
        value(v.member(i).value);
      }
      close('}');
    } else if (v.is_array()) {
      open('[');
      for (std::size_t i = 0; i < v.size(); ++i) {
        element();
        value(v.at(i));
      }
      close(']');
    } else {
      out_ += v.to_text();
    }
  }
  Status text(const std::string& json) {
    TRY(const auto document,
        json::Document::parse(json, {.max_bytes = kMaxConfigBytes, .max_depth = kMaxConfigDepth}));
    value(document.root());
    return {};
  }

  std::string& out_;
  int depth_ = 0;
  bool first_ = true;
};

Status check_name(const std::string& name) {
  int parts = 1;
  for (const char c : name) parts += c == '.' ? 1 : 0;
  const bool empty_part =
      name.empty() || name.front() == '.' || name.back() == '.' || name.find("..") != name.npos;
  if (!empty_part && parts <= kMaxNameParts) return {};
  return Error(ErrorCode::config_invalid, fmt::format("\"{}\" is not a name of an option", name));
}

}  // namespace

Result<ConfigFile> read_config_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT)
      return Error(ErrorCode::not_found, fmt::format("there is no file {}", path));
    return file_error("read", path);
  }
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return file_error("examine", path);
  if (!S_ISREG(info.st_mode))
    return Error(ErrorCode::file_failed, fmt::format("{} is not a file", path));
  ConfigFile out;
  if ((info.st_mode & 077) != 0) out.readers = ConfigFile::Readers::others;
  char buffer[4096];
  for (;;) {
    const auto n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error("read", path);
    if (n == 0) return out;
    out.text.append(buffer, static_cast<std::size_t>(n));
    if (out.text.size() > kMaxConfigBytes) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("{} is larger than {} bytes", path, kMaxConfigBytes));
    }
  }
}

Result<std::string> change_config(const std::string& text, std::span<const Change> changes) {
  std::string now = text.empty() ? "{}" : text;
  for (const Change& change : changes) {
    TRY_OK(check_name(change.name));
    TRY(const auto document,
        json::Document::parse(now, {.max_bytes = kMaxConfigBytes, .max_depth = kMaxConfigDepth}));
    if (!document.root().is_object())
      return Error(ErrorCode::config_invalid, "it must hold one JSON object");
    std::string next;
    Rewriter rewriter(next);
    TRY_OK(rewriter.object(document.root(), change.name, change.json ? &*change.json : nullptr));
    next.push_back('\n');
    now = std::move(next);
  }
  return now;
}

namespace {

constexpr int kLockTries = 25;
constexpr std::chrono::milliseconds kLockPause(10);

// Held until it is destroyed: of two commands at once, the second sees what the first wrote.
Result<std::unique_ptr<Descriptor>> lock_folder_of(const std::string& path) {
  auto folder = std::make_unique<Descriptor>(
      ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!*folder) return file_error("open the folder of", path);
  // Whoever holds it needs milliseconds; one that was suspended must not suspend this program, too.
  for (int tries = 0; ::flock(folder->get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK && errno != EINTR) return file_error("lock the folder of", path);
    if (tries == kLockTries) {
      return Error(ErrorCode::conflict,
                   fmt::format("Another command is changing {}. Wait until it has ended, then try "
                               "again.",
                               path));
    }
    std::this_thread::sleep_for(kLockPause);
  }
  return folder;
}

}  // namespace

Status rewrite_config_file(const std::string& given_path, const OptionTable& table,
                           std::span<const Change> changes, const TextCheck& check) {
  const std::string path = resolved(given_path);
  TRY(const auto folder, lock_folder_of(path));
  auto file = read_config_file(path);
  if (!file.ok() && file.error().code != ErrorCode::not_found) return std::move(file).error();
  TRY(const std::string text, change_config(file.ok() ? file->text : std::string(), changes));
  TRY_OK(merge(table, {path, text}));
  if (check) TRY_OK(check(text));
  return replace_file(path, text, folder->get());
}

Status replace_config_file(const std::string& given_path, const OptionTable& table,
                           const std::string& text) {
  const std::string path = resolved(given_path);
  TRY(const auto folder, lock_folder_of(path));
  TRY_OK(merge(table, {path, text}));
  return replace_file(path, text, folder->get());
}

}  // namespace b3iq::config

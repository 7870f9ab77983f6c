#include "agent/backup/restore_marker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/secret_file.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kType = "b3iq-restore-v1";

}  // namespace

Status write_restore_marker(const Home& home, const RestoreMarker& marker) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kType);
  w.member("backup", marker.backup);
  w.member("actor", marker.actor);
  w.member("asked_at_ms", marker.asked_at_ms);
  w.member("config_sha256", marker.config_sha256);
  w.member("state_sha256", marker.state_sha256);
  w.end_object();
  const auto written = crypto::write_secret_file(home.restore_marker(), base::as_bytes(text));
  if (!written.ok()) return Error(ErrorCode::storage_failed, written.error().detail);
  return {};
}

Result<RestoreMarker> read_restore_marker(const Home& home) {
  const auto file = crypto::read_secret_file(home.restore_marker());
  const auto document =
      file.ok() ? json::Document::parse(file->reveal_text()) : Result<json::Document>(file.error());
  if (!document.ok() || document->root().find("type").string() != kType) {
    return Error(ErrorCode::corrupt,
                 fmt::format("{} is not readable, so nothing of the restore was done. Remove it to "
                             "start the node as it is.",
                             home.restore_marker()));
  }
  const auto root = document->root();
  const auto text = [&root](std::string_view name) {
    return std::string(root.find(name).string().value_or(""));
  };
  return RestoreMarker{text("backup"), text("actor"),
                       root.find("asked_at_ms").integer().value_or(0), text("config_sha256"),
                       text("state_sha256")};
}

Status remove_restore_marker(const Home& home) {
  const int folder = ::open(home.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done =
      folder >= 0 && ::unlink(home.restore_marker().c_str()) == 0 && ::fsync(folder) == 0;
  const int failure = errno;
  if (folder >= 0) ::close(folder);
  if (done) return {};
  return Error(
      ErrorCode::storage_failed,
      fmt::format("{} cannot be removed: {}.", home.restore_marker(), std::strerror(failure)));
}

}  // namespace b3iq::agent

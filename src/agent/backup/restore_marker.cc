#include "agent/backup/restore_marker.h"

#include <fmt/format.h>

#include "agent/backup/durable_file.h"
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
  w.member("asked_behind_seq", marker.asked_behind_seq);
  w.member("config_sha256", marker.config_sha256);
  w.member("state_sha256", marker.state_sha256);
  w.end_object();
  return write_durable(home.restore_marker(), text);
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
                       root.find("asked_behind_seq").integer().value_or(0), text("config_sha256"),
                       text("state_sha256")};
}

Status remove_restore_marker(const Home& home) { return remove_durable(home.restore_marker()); }

}  // namespace b3iq::agent

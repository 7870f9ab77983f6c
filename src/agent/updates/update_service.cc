#include "agent/updates/update_service.h"

#include <fmt/format.h>

#include "agent/updates/manifest_fetch.h"
#include "base/log.h"
#include "crypto/secret_file.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::ReleaseManifest;
using protocol::ReleaseVersion;

namespace {

constexpr std::string_view kType = "b3iq-updates-v1";

struct SavedState {
  UpdateState state;
  std::int64_t checked_at_ms = 0;
};

std::string text_of(const SavedState& saved) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kType);
  w.member("floor", saved.state.floor.text());
  w.member("latest", saved.state.latest.value_or(""));
  w.member("notes_url", saved.state.notes_url);
  w.member("checked_at", base::format_rfc3339(saved.checked_at_ms));
  w.end_object();
  return text;
}

Result<SavedState> read_state(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  const auto root = document.root();
  const auto member = [&root](std::string_view name) {
    return root.find(name).string().value_or("");
  };
  SavedState saved;
  const bool right =
      member("type") == kType && base::parse_rfc3339(member("checked_at"), saved.checked_at_ms);
  if (!right) return Error(ErrorCode::corrupt, "it is not what this program writes there");
  TRY(saved.state.floor, ReleaseVersion::parse(member("floor")));
  if (!member("latest").empty()) saved.state.latest = member("latest");
  saved.state.notes_url = member("notes_url");
  return saved;
}

Status save(const Home& home, const SavedState& saved) {
  const auto text = text_of(saved);
  const auto written = crypto::write_secret_file(home.update_state(), base::as_bytes(text));
  if (!written.ok()) return Error(ErrorCode::storage_failed, written.error().detail);
  return {};
}

// What is wrong with an answer is no fault of whoever asked for the check.
Error about_answer(Error error) {
  if (error.code == ErrorCode::invalid_request || error.code == ErrorCode::invalid_json ||
      error.code == ErrorCode::payload_too_large)
    error.code = ErrorCode::download_refused;
  error.param.clear();
  return error;
}

}  // namespace

std::string_view release_platform() {
#if defined(__aarch64__)
  return "linux-aarch64";
#else
  return "linux-x86_64";
#endif
}

void UpdateService::load() {
  const auto file = crypto::read_secret_file(needs_.home.update_state());
  if (!file.ok() && file.error().code == ErrorCode::not_found) return;
  auto saved = file.ok() ? read_state(file->reveal_text()) : Result<SavedState>(file.error());
  if (!saved.ok()) {
    base::log(base::LogLevel::warn, "updates.state_unreadable",
              {{"detail", std::string_view(saved.error().detail)}});
    return;
  }
  state_ = std::move(saved->state);
  checked_at_ms_ = saved->checked_at_ms;
}

UpdateReport UpdateService::report() const {
  UpdateReport report{needs_.version, needs_.settings.configured(),
                      checked_at_ms_, state_.latest,
                      false,          state_.notes_url,
                      error_};
  const auto current = ReleaseVersion::parse(needs_.version);
  const auto latest = ReleaseVersion::parse(state_.latest.value_or(""));
  report.newer = current.ok() && latest.ok() && *latest > *current;
  return report;
}

Task<Result<ReleaseManifest>> UpdateService::ask(base::CancelToken cancel) {
  if (!needs_.settings.configured()) {
    co_return Error(ErrorCode::config_invalid,
                    "No release server is set. Set updates.manifest_url and updates.release_key "
                    "(docs/operating/updates.md) and start the node again.");
  }
  CO_TRY(const auto text,
         co_await fetch_manifest(needs_.loop,
                                 {needs_.settings.manifest_url, protocol::kMaxReleaseManifestBytes,
                                  kUpdateCheckMs, needs_.own_port},
                                 cancel));
  CO_TRY(auto manifest, protocol::read_release_manifest(text, *needs_.settings.release_key));
  CO_TRY_OK(protocol::check_release(
      manifest, {kReleaseProduct, release_platform(), state_.floor, needs_.clock.wall_ms()}));
  co_return manifest;
}

// On disk before it is believed: a floor that a crash forgets is none.
Task<Status> UpdateService::take(const ReleaseManifest& manifest) {
  UpdateState next{manifest.version, manifest.version.text(), manifest.notes_url};
  const auto now = needs_.clock.wall_ms();
  auto work = [home = needs_.home, saved = SavedState{next, now}] { return save(home, saved); };
  CO_TRY_OK(co_await thread_.run(std::move(work)));
  state_ = std::move(next);
  co_return Status();
}

Task<Result<UpdateReport>> UpdateService::check(base::CancelToken cancel) {
  if (is_checking_) co_return Error(ErrorCode::conflict, "Another check runs. Wait for its end.");
  is_checking_ = true;
  auto manifest = co_await ask(cancel);
  Status taken;
  if (manifest.ok()) {
    taken = co_await take(*manifest);
  } else {
    taken = about_answer(manifest.error());
  }
  is_checking_ = false;
  error_.reset();
  if (!taken.ok()) error_ = taken.error();
  if (needs_.settings.configured()) checked_at_ms_ = needs_.clock.wall_ms();
  co_return report();
}

}  // namespace b3iq::agent

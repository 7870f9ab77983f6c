#include "protocol/release_manifest.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/clock.h"
#include "json/json.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::size_t kMaxTextBytes = 128;
constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kSha256Digits = 64;
constexpr std::int64_t kMaxVersionPart = 1'000'000;

Error refused(std::string_view member, std::string_view what) {
  std::string detail = "The release manifest's ";
  detail.append(member).append(" ").append(what).append(".");
  return {ErrorCode::invalid_request, std::move(detail), std::string(member)};
}

bool is_plain(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

Result<std::string> read_text(json::Value object, std::string_view name,
                              std::size_t max_bytes = kMaxTextBytes) {
  const auto text = object.find(name).string();
  if (!text || !is_plain(*text, max_bytes))
    return refused(name, "must be a text of printable characters without spaces");
  return std::string(*text);
}

Result<std::int64_t> read_time(json::Value object, std::string_view name) {
  std::int64_t ms = 0;
  const auto text = object.find(name).string();
  if (!text || !base::parse_rfc3339(*text, ms)) return refused(name, "must be a time in UTC");
  return ms;
}

Result<ReleaseFile> read_file(json::Value entry) {
  ReleaseFile file;
  TRY(file.name, read_text(entry, "name"));
  TRY(file.sha256, read_text(entry, "sha256"));
  const auto bytes = entry.find("bytes").integer();
  const bool is_hash = file.sha256.size() == kSha256Digits &&
                       file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!bytes || *bytes <= 0 || !is_hash || file.name.find('/') != std::string::npos)
    return refused("files", "must each have name, bytes and sha256");
  file.bytes = *bytes;
  return file;
}

Status read_files(json::Value list, std::vector<ReleaseFile>& out) {
  if (!list.is_array() || list.size() == 0 || list.size() > kMaxReleaseFiles)
    return refused("files", "must be a list of the release's files");
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto file, read_file(list.at(i)));
    out.push_back(std::move(file));
  }
  return {};
}

Result<ReleaseManifest> read_members(json::Value root) {
  ReleaseManifest manifest;
  TRY(manifest.product, read_text(root, "product"));
  TRY(const auto version, read_text(root, "version"));
  TRY(manifest.version, ReleaseVersion::parse(version));
  TRY(manifest.platform, read_text(root, "platform"));
  TRY(manifest.issued_at_ms, read_time(root, "issued_at"));
  TRY(manifest.expires_at_ms, read_time(root, "expires_at"));
  TRY(manifest.notes_url, read_text(root, "notes_url", kMaxUrlBytes));
  // It becomes a link on a page.
  if (!manifest.notes_url.starts_with("https://"))
    return refused("notes_url", "must be an https address");
  TRY_OK(read_files(root.find("files"), manifest.files));
  return manifest;
}

}  // namespace

Result<ReleaseVersion> ReleaseVersion::parse(std::string_view text) {
  std::array<std::int64_t, 3> parts{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool has_digit = at != end && *at >= '0' && *at <= '9';
    const auto [rest, failure] = std::from_chars(at, end, parts[i]);
    const bool is_last = i + 1 == parts.size();
    if (!has_digit || failure != std::errc() || parts[i] > kMaxVersionPart ||
        (is_last ? rest != end : rest == end || *rest != '.'))
      return refused("version", "must be three numbers, such as 1.4.2");
    at = is_last ? rest : rest + 1;
  }
  return ReleaseVersion{parts[0], parts[1], parts[2]};
}

std::string ReleaseVersion::text() const {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

Result<ReleaseManifest> read_release_manifest(std::string_view text,
                                              const crypto::Ed25519PublicKey& key) {
  TRY(const auto document,
      json::Document::parse(text, {.max_bytes = kMaxReleaseManifestBytes, .max_depth = 8}));
  TRY_OK(verify_document(kReleaseManifestType, document.root(), key));
  return read_members(document.root());
}

Status check_release(const ReleaseManifest& manifest, const ReleaseReader& reader) {
  if (manifest.product != reader.product)
    return refused("product", "is " + manifest.product + ", not " + std::string(reader.product));
  if (manifest.platform != reader.platform)
    return refused("platform", "is " + manifest.platform + ", not " + std::string(reader.platform));
  if (manifest.expires_at_ms <= reader.now_ms) {
    return refused("expires_at", "is past: it said what was newest until " +
                                     base::format_rfc3339(manifest.expires_at_ms) +
                                     ". Or this machine's clock is wrong");
  }
  if (manifest.version < reader.floor) {
    return refused("version", "is " + manifest.version.text() + ", but " + reader.floor.text() +
                                  " was seen before: somebody offers an older one");
  }
  return {};
}

}  // namespace b3iq::protocol

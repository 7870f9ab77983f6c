// What a release server says of the newest version for one product on one platform: a signed
// document, b3iq-release-manifest-v1 (docs/operating/updates.md).
//
//   product     "b3iq-host"
//   version     "1.4.2"
//   platform    "linux-x86_64"
//   issued_at, expires_at   RFC 3339, UTC
//   notes_url   https address for people
//   files       [{"name", "bytes", "sha256"}], at least one
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace b3iq::protocol {

inline constexpr std::string_view kReleaseManifestType = "b3iq-release-manifest-v1";
inline constexpr std::size_t kMaxReleaseManifestBytes = 64 * 1024;
inline constexpr std::size_t kMaxReleaseFiles = 64;

// Three numbers; nothing stands before or behind them.
struct ReleaseVersion {
  std::int64_t major = 0;
  std::int64_t minor = 0;
  std::int64_t patch = 0;
  friend auto operator<=>(const ReleaseVersion&, const ReleaseVersion&) = default;

  // Errors: invalid_request.
  static base::Result<ReleaseVersion> parse(std::string_view text);
  std::string text() const;
};

struct ReleaseFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;  // lower-case hexadecimal
};

struct ReleaseManifest {
  std::string product;
  ReleaseVersion version;
  std::string platform;
  std::int64_t issued_at_ms = 0;
  std::int64_t expires_at_ms = 0;
  std::string notes_url;
  std::vector<ReleaseFile> files;
};

// The signature is checked before any member is believed. Errors: invalid_json (also for bytes
// behind the document), payload_too_large, invalid_signature, invalid_request naming the member.
base::Result<ReleaseManifest> read_release_manifest(std::string_view text,
                                                    const crypto::Ed25519PublicKey& key);

// What the reader of a manifest is and knows.
struct ReleaseReader {
  std::string_view product;
  std::string_view platform;
  ReleaseVersion floor;  // the highest version that was ever seen signed
  std::int64_t now_ms = 0;
};
// A manifest that was signed, but for somebody else, or for another time. Errors: invalid_request,
// its param the member.
base::Status check_release(const ReleaseManifest& manifest, const ReleaseReader& reader);

}  // namespace b3iq::protocol

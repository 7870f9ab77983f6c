// manifest.json of a backup.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/backup/backup.h"

namespace b3iq::agent {

inline constexpr std::string_view kManifestFile = "manifest.json";

// Over the files as they lie in `folder`.
base::Result<std::string> write_manifest(const std::string& folder, const BackupFacts& facts);

enum class FileCheck : std::uint8_t {
  none,      // believes the manifest
  contents,  // reads every file
};
// Errors: corrupt.
base::Result<BackupFacts> read_manifest(const std::string& folder,
                                        FileCheck check = FileCheck::contents);

// SHA-256 in lower-case hexadecimal. Error: file_failed.
base::Result<std::string> hash_file(const std::string& path);

}  // namespace b3iq::agent

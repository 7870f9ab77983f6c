// manifest.json of a backup.
#pragma once

#include "agent/backup/backup.h"

namespace b3iq::agent {

inline constexpr std::string_view kManifestFile = "manifest.json";

// Over the files as they lie in `folder`.
base::Result<std::string> write_manifest(const std::string& folder, const BackupFacts& facts);
// Reads and checks the manifest, and every file against it.
base::Result<BackupFacts> read_manifest(const std::string& folder);

}  // namespace b3iq::agent

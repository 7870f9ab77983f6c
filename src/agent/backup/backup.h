// A copy of a node in a folder: settings and state, at one point in time, also while the node
// serves. The identity key is left out unless it is asked for: two nodes with one identity would
// sign each other's receipts.
//
//   manifest.json   what the backup is, and the SHA-256 of each file
//   config.json     settings
//   state.db        keys, use, receipts, owner, audit log
//   identity.key    only when it was asked for
#pragma once

#include <string>
#include <vector>

#include "agent/home.h"
#include "base/result.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {

struct BackupFacts {
  std::string node_id;
  std::string created_at;
  bool has_identity = false;
  std::vector<std::string> files;
};

enum class WithIdentity : bool { no, yes };

// Makes `folder` (which must not exist) with mode 0700. A failure leaves nothing behind. `watch` is
// asked while the database is copied, on this thread. Errors: conflict, file_failed,
// storage_failed, not_found (no node in `home`), cancelled (by the watch).
base::Result<BackupFacts> make_backup(const Home& home, const std::string& folder,
                                      WithIdentity identity, const storage::CopyWatch& watch = {});

// Makes a node out of a backup, in a home that holds none. With the identity the node is the one
// that was backed up; without it, it is a new node with the same settings, keys, use and owner, and
// without the receipts, which only the old identity can sign. Sessions are ended either way.
// Errors: conflict (the home holds a node), corrupt (a file is missing or not what the manifest
// says), invalid_request (the identity is asked for and not there), file_failed, storage_failed.
base::Result<BackupFacts> restore_backup(const Home& home, const std::string& folder,
                                         WithIdentity identity);

}  // namespace b3iq::agent

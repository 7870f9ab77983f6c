// A backup comes back into the home of a node that goes on: settings, keys, users and models.
// Receipts, use, the audit log, used setup tokens and support grants are the node's present ones: a
// node must not sign two receipts with one number, and what was ended for safety stays ended. A key
// that was revoked since stays revoked, a password that was changed since stays changed, a model
// that was installed since stays installed.
//
// It takes two processes. The one that serves checks everything and lays it ready; the next start,
// before it opens anything, brings it in:
//
//   restore/config.json, restore/state.db   what comes back, whole and of today's schema
//   restore.pending                         written last: from then on the next start restores
//
// The database changes in one transaction, which the audit log's entry belongs to; then config.json
// is replaced; then the marker goes. Whoever finds the marker goes on where the last one stopped,
// so nothing ever serves half of a restore.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agent/upkeep/start_check.h"
#include "base/result.h"

namespace b3iq::agent {

struct RestoreOrder {
  std::string backup;  // its id
  std::string folder;
  std::string actor;                  // for the audit log
  std::int64_t asked_behind_seq = 0;  // the newest entry of the audit log
  std::string listen_flag;            // of the node that will start
};

// Blocks. Errors: corrupt (the backup is not whole), conflict (of another node, of a newer program,
// the node would not start with its settings, or another restore waits), storage_failed. Nothing
// was laid ready then.
base::Status lay_ready(const StartFacts& facts, const RestoreOrder& order);

bool restore_waits(const Home& home);

enum class RestoreStep : std::uint8_t {
  begun,
  database_changed,
  config_replaced,
  marker_removed,
};
// Told behind each step: for tests that end the process there.
using AtStep = std::function<void(RestoreStep)>;

// Before anything of the home is opened. Does nothing where nothing waits. What was laid ready and
// is damaged before anything was changed is dropped, and the node starts as it was. Errors: what
// stopped a restore in its middle; it goes on at the next start.
base::Status finish_restore(const Home& home, const AtStep& at = {});

}  // namespace b3iq::agent

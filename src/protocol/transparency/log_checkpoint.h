// What a log has promised: a signed note (c2sp.org/tlog-checkpoint) of three lines, the log's
// origin, its size in decimal, and its root in base64. Lines behind them are left alone. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "protocol/transparency/merkle_tree.h"
#include "protocol/transparency/signed_note.h"

namespace b3iq::protocol {

struct Checkpoint {
  std::string origin;
  TreeHead head;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The note's text. `origin` is valid_note_key_name().
std::string checkpoint_text(const Checkpoint& checkpoint);
// Error: invalid_request.
base::Result<Checkpoint> parse_checkpoint_text(std::string_view text);

// Signed by the log, whose key is named as its origin.
std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::Ed25519SecretKey& key);
// Errors: as open_note; invalid_request for a text that is no checkpoint; invalid_signature for a
// checkpoint of another origin than `log`'s name.
base::Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& log);

}  // namespace b3iq::protocol

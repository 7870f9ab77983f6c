// That an entry is in a log, in one text that can be checked offline (c2sp.org/tlog-proof):
//
//   c2sp.org/tlog-proof@v1 LF
//   [ "extra " base64 LF ]
//   "index " decimal LF
//   *( base64 of 32 bytes LF )      the inclusion proof, from the leaf up
//   LF
//   checkpoint
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/transparency/log_checkpoint.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxLogProofBytes = kMaxNoteBytes + 16 * 1024;

struct LogProof {
  std::uint64_t index = 0;
  std::vector<TreeHash> hashes;
  std::string checkpoint;  // the note, not yet believed
};

std::string encode_log_proof(const LogProof& proof);
// The extra line is read and left alone. Error: invalid_request.
base::Result<LogProof> parse_log_proof(std::string_view text);
// The checkpoint under which `leaf` is in the log. Errors: as open_checkpoint; invalid_signature
// when the hashes do not lead from the leaf to its root.
base::Result<Checkpoint> verify_log_proof(const LogProof& proof, const TreeHash& leaf,
                                          const NoteVerifier& log);

}  // namespace b3iq::protocol

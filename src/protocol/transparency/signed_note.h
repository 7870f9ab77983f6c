// Signed notes (c2sp.org/signed-note) with Ed25519 signatures: text that ends with a line feed, an
// empty line, and a line for each signature:
//
//   line     = U+2014 " " name " " base64( key id (4 bytes) signature (64 bytes) ) LF
//   key id   = first 4 bytes of SHA-256( name LF 0x01 public key )
//   verifier = name "+" hex( key id ) "+" base64( 0x01 public key )     the form in which keys are
//              handed over ("vkey")
//
// Signatures of other keys are left alone. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace b3iq::protocol {

inline constexpr std::size_t kMaxNoteBytes = 128 * 1024;
inline constexpr std::size_t kMaxNoteSignatures = 64;
inline constexpr std::size_t kMaxNoteKeyNameBytes = 256;
inline constexpr std::size_t kMaxVerifierBytes = 512;

using NoteKeyId = std::array<std::uint8_t, 4>;

// Whose signature makes a note believed.
struct NoteVerifier {
  std::string name;
  crypto::Ed25519PublicKey key;
  friend bool operator==(const NoteVerifier&, const NoteVerifier&) = default;
};

// UTF-8, not empty, no space of any kind, control character or "+".
bool valid_note_key_name(std::string_view name);
NoteKeyId note_key_id(const NoteVerifier& verifier);
std::string encode_note_verifier(const NoteVerifier& verifier);
// Error: invalid_request.
base::Result<NoteVerifier> parse_note_verifier(std::string_view text);

// `text` ends with a line feed and has no control characters otherwise; `name` is
// valid_note_key_name().
std::string sign_note(std::string_view text, std::string_view name,
                      const crypto::Ed25519SecretKey& key);
// The text, with its last line feed: a view into `note`. Errors: invalid_request for what is no
// note; invalid_signature when none is `by`'s, or one that says so does not verify.
base::Result<std::string_view> open_note(std::string_view note, const NoteVerifier& by);

}  // namespace b3iq::protocol

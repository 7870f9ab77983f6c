#include "protocol/transparency/signed_note.h"

#include <algorithm>

#include "base/bytes.h"
#include "crypto/sha256.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // U+2014 and a space
constexpr std::uint8_t kEd25519 = 0x01;
constexpr std::size_t kKeyBytes = 1 + 32;

base::Error not_a_note(std::string detail) {
  return base::Error(base::ErrorCode::invalid_request, "This is no signed note: " + detail);
}

// Of Unicode, beyond the one of ASCII.
bool has_wide_space(std::string_view name) {
  for (const std::string_view space :
       {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
        "\xe2\x81\x9f", "\xe3\x80\x80"}) {
    if (name.find(space) != std::string_view::npos) return true;
  }
  // U+2000 to U+200A
  for (std::size_t at = name.find("\xe2\x80"); at != std::string_view::npos;
       at = name.find("\xe2\x80", at + 2)) {
    const auto third = at + 2 < name.size() ? static_cast<unsigned char>(name[at + 2]) : 0U;
    if (third >= 0x80 && third <= 0x8a) return true;
  }
  return false;
}

base::Bytes encoded_key(const crypto::Ed25519PublicKey& key) {
  base::Bytes bytes = {kEd25519};
  bytes.insert(bytes.end(), key.bytes.begin(), key.bytes.end());
  return bytes;
}

struct SignatureLine {
  std::string_view name;
  base::Bytes bytes;  // key id and signature
};

base::Result<SignatureLine> read_line(std::string_view line) {
  if (!line.starts_with(kDash)) return not_a_note("a signature's line does not begin with a dash.");
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return not_a_note("a signature's line has no signature.");
  const auto name = line.substr(0, space);
  if (!valid_note_key_name(name)) return not_a_note("the name of a key is not well formed.");
  auto bytes = base::from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= std::tuple_size_v<NoteKeyId>)
    return not_a_note("a signature is not in base64 or too short.");
  return SignatureLine{name, *std::move(bytes)};
}

}  // namespace

bool valid_note_key_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNoteKeyNameBytes || !base::valid_utf8(name)) return false;
  const bool is_plain = std::ranges::all_of(
      name, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '+' && c != '\x7f'; });
  return is_plain && !has_wide_space(name);
}

NoteKeyId note_key_id(const NoteVerifier& verifier) {
  crypto::Sha256 hash;
  hash.update(verifier.name);
  hash.update("\n");
  hash.update(encoded_key(verifier.key));
  const auto digest = hash.finish();
  NoteKeyId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string encode_note_verifier(const NoteVerifier& verifier) {
  return verifier.name + "+" + base::to_hex(note_key_id(verifier)) + "+" +
         base::to_base64(encoded_key(verifier.key));
}

base::Result<NoteVerifier> parse_note_verifier(std::string_view text) {
  const base::Error refused(base::ErrorCode::invalid_request,
                            "A log's key is its name, its key id in hexadecimal and the key in "
                            "base64, with \"+\" between them.");
  if (text.size() > kMaxVerifierBytes) return refused;
  const auto first = text.find('+');
  if (first == std::string_view::npos) return refused;
  const auto second = text.find('+', first + 1);
  if (second == std::string_view::npos) return refused;
  NoteVerifier verifier;
  verifier.name = text.substr(0, first);
  const auto bytes = base::from_base64(text.substr(second + 1));
  if (!valid_note_key_name(verifier.name) || !bytes || bytes->size() != kKeyBytes ||
      bytes->front() != kEd25519)
    return refused;
  std::copy(bytes->begin() + 1, bytes->end(), verifier.key.bytes.begin());
  if (text.substr(first + 1, second - first - 1) != base::to_hex(note_key_id(verifier)))
    return refused;
  return verifier;
}

std::string sign_note(std::string_view text, std::string_view name,
                      const crypto::Ed25519SecretKey& key) {
  const NoteVerifier verifier{std::string(name), key.public_key()};
  const auto id = note_key_id(verifier);
  const auto signature = key.sign(base::as_bytes(text));
  base::Bytes bytes(id.begin(), id.end());
  bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
  std::string note(text);
  note.append("\n").append(kDash).append(name).append(" ");
  return note.append(base::to_base64(bytes)).append("\n");
}

base::Result<std::string_view> open_note(std::string_view note, const NoteVerifier& by) {
  if (note.size() > kMaxNoteBytes) return not_a_note("it is too long.");
  const bool is_text = base::valid_utf8(note) && std::ranges::all_of(note, [](char c) {
                         return static_cast<unsigned char>(c) >= ' ' || c == '\n';
                       });
  if (!is_text) return not_a_note("it has bytes that no text has.");
  const auto end = note.rfind("\n\n");
  if (end == std::string_view::npos || !note.ends_with('\n'))
    return not_a_note("it has no signatures behind an empty line.");
  const auto text = note.substr(0, end + 1);
  auto lines = note.substr(end + 2);
  if (lines.empty()) return not_a_note("it has no signature.");
  const auto id = note_key_id(by);
  bool is_signed = false;
  for (std::size_t count = 0; !lines.empty(); ++count) {
    if (count == kMaxNoteSignatures) return not_a_note("it has too many signatures.");
    const auto line_end = lines.find('\n');
    TRY(const auto line, read_line(lines.substr(0, line_end)));
    lines.remove_prefix(line_end + 1);
    if (line.name != by.name || !std::equal(id.begin(), id.end(), line.bytes.begin())) continue;
    const auto signature = crypto::ed25519_signature(base::ByteView(line.bytes).subspan(id.size()));
    if (!signature || !crypto::ed25519_verify(by.key, base::as_bytes(text), *signature)) {
      return base::Error(base::ErrorCode::invalid_signature,
                         "The note's signature by " + by.name + " does not verify.");
    }
    is_signed = true;
  }
  if (!is_signed) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The note has no signature by " + by.name + ".");
  }
  return text;
}

}  // namespace b3iq::protocol

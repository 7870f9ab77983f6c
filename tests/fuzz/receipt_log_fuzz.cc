// What a log's readers take from strangers: notes, checkpoints, proofs, keys, tiles' paths, bundles
// and statements. What is taken is written back as it came.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "protocol/transparency/log_checkpoint.h"
#include "protocol/transparency/log_proof.h"
#include "protocol/transparency/log_tiles.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace {

namespace protocol = b3iq::protocol;

void notes(std::string_view text) {
  static const auto key =
      b3iq::crypto::Ed25519SecretKey::from_seed(std::array<std::uint8_t, 32>{7});
  static const protocol::NoteVerifier log{"example.com/log", key.public_key()};
  const auto opened = protocol::open_note(text, log);
  if (opened.ok()) B3_CHECK(text.starts_with(*opened) && opened->ends_with('\n'));
  // Nobody has the key: whatever opens is what the corpus signed.
  const auto checkpoint = protocol::parse_checkpoint_text(text);
  if (!checkpoint.ok()) return;
  B3_CHECK(text.starts_with(protocol::checkpoint_text(*checkpoint)));
  if (!protocol::valid_note_key_name(checkpoint->origin)) return;
  const auto note = protocol::sign_checkpoint(*checkpoint, key);
  const protocol::NoteVerifier by{checkpoint->origin, key.public_key()};
  const auto again = protocol::open_checkpoint(note, by);
  B3_CHECK(again.ok() && *again == *checkpoint);
}

void proofs(std::string_view text) {
  const auto proof = protocol::parse_log_proof(text);
  if (!proof.ok()) return;
  const auto written = protocol::encode_log_proof(*proof);
  const auto again = protocol::parse_log_proof(written);
  B3_CHECK(again.ok() && protocol::encode_log_proof(*again) == written);
  // A proof of any leaf under any root is one for nothing else.
  const protocol::TreeHash leaf{1};
  const std::uint64_t size = proof->index + 1;
  if (protocol::verify_inclusion(leaf, proof->index, size, proof->hashes, leaf))
    B3_CHECK(proof->hashes.empty() && size == 1);
}

}  // namespace

int fuzz_receipt_log(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  notes(text);
  proofs(text);
  if (const auto path = protocol::parse_tile_path(text))
    B3_CHECK(protocol::tile_path(*path) == text);
  const auto verifier = protocol::parse_note_verifier(text);
  if (verifier.ok()) B3_CHECK(protocol::encode_note_verifier(*verifier) == text);
  if (size > 0) {
    const int count = 1 + data[0];
    const auto bundle = text.substr(1);
    const auto entries = protocol::read_bundle(b3iq::base::as_bytes(bundle), count);
    if (entries.ok()) {
      std::string written;
      for (const auto entry : *entries) protocol::append_bundle_entry(written, entry);
      B3_CHECK(written == bundle);
    }
  }
  static const auto id = protocol::ControlPlaneId::trusted("b3c_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  B3_CHECK(!protocol::read_receipt_log_statement(text, id).ok());
  return 0;
}

// The golden vectors of the receipt log: made here, of fixed keys and examples, and compared byte
// by byte with the file. web/shared/src/verify/receipt_log.test.ts checks them with another
// language.
//   B3IQ_WRITE_VECTORS=1 protocol_test --gtest_filter='ReceiptLogVectors.*'   writes it anew.
#include <gtest/gtest.h>

#include "protocol/messages/message_examples.h"
#include "protocol/transparency/log_tiles.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "protocol/transparency/tree_of_leaves.h"
#include "protocol/vector_writer.h"

namespace b3iq::protocol {
namespace {

constexpr std::uint64_t kLeaves = 9;
constexpr std::string_view kLogSeed =
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";

ReceiptLogKey log_key() {
  return ReceiptLogKey(crypto::Ed25519SecretKey::from_seed(fixture::bytes_of_hex<32>(kLogSeed)));
}
NoteVerifier verifier() {
  return receipt_log_verifier(fixture::control_plane().id(), log_key().public_key());
}

EncodedReceipt receipt(std::uint64_t number) {
  Receipt receipt;
  receipt.node_id = fixture::node().node_id();
  receipt.job_id = JobId::from_ulid(fixture::kCommandUlid);
  receipt.model_id = receipt.model_profile_id = "llama3.1:8b";
  receipt.runtime_kind = "embedded";
  receipt.dispatch_mode = DispatchMode::private_job;
  receipt.privacy_class = PrivacyClass::private_transport;
  receipt.usage = {12, static_cast<std::int64_t>(number)};
  receipt.started_at_ms = fixture::kNowMs;
  receipt.completed_at_ms = fixture::kNowMs + 1'333;
  receipt.content_commitment = fixture::counted<32>(static_cast<std::uint8_t>(number));
  return encode_receipt(receipt);
}

TreeOfLeaves tree() {
  TreeOfLeaves made;
  for (std::uint64_t i = 0; i < kLeaves; ++i) made.add(receipt_leaf_hash(receipt(i).hash));
  return made;
}

void write_hashes(json::Writer& w, std::string_view name, const std::vector<TreeHash>& hashes) {
  w.key(name);
  w.begin_array();
  for (const auto& hash : hashes) w.value(base::to_hex(hash));
  w.end_array();
}

void write_leaves(json::Writer& w, const TreeOfLeaves& of) {
  w.key("leaves");
  w.begin_array();
  for (std::uint64_t i = 0; i < kLeaves; ++i) {
    w.begin_object();
    w.member("receipt_hash", receipt_hash_text(receipt(i).hash));
    w.member("entry", base::to_hex(receipt_log_entry(receipt(i).hash)));
    w.member("leaf_hash", base::to_hex(of.leaf(i)));
    w.end_object();
  }
  w.end_array();
  w.key("roots");
  w.begin_array();
  for (std::uint64_t size = 0; size <= kLeaves; ++size) w.value(base::to_hex(of.head(size).root));
  w.end_array();
}

void write_proofs(json::Writer& w, const TreeOfLeaves& of) {
  w.key("inclusion");
  w.begin_array();
  for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{6}, std::uint64_t{8}, kLeaves}) {
    for (std::uint64_t index = 0; index < size; ++index) {
      w.begin_object();
      w.member("index", static_cast<std::int64_t>(index));
      w.member("size", static_cast<std::int64_t>(size));
      write_hashes(w, "proof", of.inclusion(index, size));
      w.end_object();
    }
  }
  w.end_array();
  w.key("consistency");
  w.begin_array();
  for (std::uint64_t newer = 0; newer <= kLeaves; newer += 3) {
    for (std::uint64_t older = 0; older <= newer; ++older) {
      w.begin_object();
      w.member("older", static_cast<std::int64_t>(older));
      w.member("newer", static_cast<std::int64_t>(newer));
      write_hashes(w, "proof", of.consistency(older, newer));
      w.end_object();
    }
  }
  w.end_array();
}

void write_paths(json::Writer& w) {
  w.key("tile_paths");
  w.begin_array();
  for (const auto& [kind, tile] : {std::pair(TileKind::hashes, Tile{0, 0, 256}),
                                   std::pair(TileKind::hashes, Tile{0, 273, 112}),
                                   std::pair(TileKind::hashes, Tile{2, 1'234'067, 256}),
                                   std::pair(TileKind::entries, Tile{0, 1'000, 1})}) {
    w.begin_object();
    w.member("entries", kind == TileKind::entries);
    w.member("level", tile.level);
    w.member("index", static_cast<std::int64_t>(tile.index));
    w.member("width", tile.width);
    w.member("path", tile_path({kind, tile}));
    w.end_object();
  }
  w.end_array();
}

TEST(ReceiptLogVectors, AreTheGoldenOnes) {
  const auto of = tree();
  const Checkpoint checkpoint{verifier().name, of.head(kLeaves)};
  const auto note = sign_checkpoint(checkpoint, log_key().key());
  const LogProof proof{3, of.inclusion(3, kLeaves), note};
  const auto signed_receipt = sign_encoded_receipt(receipt(3).document, fixture::node());
  std::string bundle;
  for (std::uint64_t i = 0; i < kLeaves; ++i)
    append_bundle_entry(bundle, receipt_log_entry(receipt(i).hash));

  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("comment",
           "The receipt log (docs/protocol/receipt-log.md): a tree by RFC 9162 of 9 entries, "
           "'b3iq-receipt-log-v1' 0x00 and a receipt hash; its proofs, from the leaf up; a "
           "checkpoint of it (a C2SP signed note), the proof that receipt 3 is in it "
           "(tlog-proof), and paths of tiles. Hashes are in hex.");
  w.member("log_seed", kLogSeed);
  w.member("control_plane_id", fixture::control_plane().id().text());
  w.member("origin", verifier().name);
  w.member("verifier_key", encode_note_verifier(verifier()));
  w.member("statement", sign_receipt_log_statement(verifier(), fixture::control_plane().key()));
  write_leaves(w, of);
  write_proofs(w, of);
  w.member("checkpoint", note);
  w.member("entry_bundle", base::to_hex(base::as_bytes(bundle)));
  w.member("node_public_key", base::to_base64url(fixture::node().public_key().bytes));
  w.member("receipt", signed_receipt);
  w.member("receipt_proof", encode_log_proof(proof));
  write_paths(w);
  w.end_object();
  compare_vectors("receipt_log.json", text);

  const auto node_key = fixture::node().public_key();
  const auto verified =
      verify_logged_receipt(signed_receipt, encode_log_proof(proof), verifier(), &node_key);
  ASSERT_TRUE(verified.ok()) << verified.error().detail;
  EXPECT_EQ(verified->index, 3u);
  EXPECT_EQ(verified->checkpoint, checkpoint);
}

TEST(LoggedReceipt, WhatDoesNotFitIsRefused) {
  const auto of = tree();
  const auto note = sign_checkpoint({verifier().name, of.head(kLeaves)}, log_key().key());
  const auto proof = encode_log_proof({3, of.inclusion(3, kLeaves), note});
  const auto right = sign_encoded_receipt(receipt(3).document, fixture::node());
  const auto other = sign_encoded_receipt(receipt(4).document, fixture::node());
  const auto stranger = crypto::Ed25519SecretKey::from_seed(std::array<std::uint8_t, 32>{3});
  const auto code_of = [](const auto& result) { return result.error().code; };
  using base::ErrorCode;
  EXPECT_TRUE(verify_logged_receipt(right, proof, verifier(), nullptr).ok());
  EXPECT_EQ(code_of(verify_logged_receipt(other, proof, verifier(), nullptr)),
            ErrorCode::invalid_signature);
  EXPECT_EQ(code_of(verify_logged_receipt(right, proof, verifier(), &stranger.public_key())),
            ErrorCode::invalid_signature);
  const NoteVerifier another{verifier().name, stranger.public_key()};
  EXPECT_EQ(code_of(verify_logged_receipt(right, proof, another, nullptr)),
            ErrorCode::invalid_signature);
  EXPECT_EQ(code_of(verify_logged_receipt("{}", proof, verifier(), nullptr)),
            ErrorCode::invalid_request);
  EXPECT_EQ(code_of(verify_logged_receipt(right, "c2sp.org", verifier(), nullptr)),
            ErrorCode::invalid_request);
}

TEST(ReceiptLogStatement, SaysWhichLogIsTheControlPlanes) {
  const auto identity = fixture::control_plane();
  const auto statement = sign_receipt_log_statement(verifier(), identity.key());
  const auto read = read_receipt_log_statement(statement, identity.id());
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(*read, verifier());
  const auto other = ControlPlaneIdentity::generate(base::system_random());
  EXPECT_EQ(read_receipt_log_statement(statement, other.id()).error().code,
            base::ErrorCode::invalid_signature);
  // Another control plane that claims this one's log, and one that claims this one's id.
  EXPECT_FALSE(
      read_receipt_log_statement(sign_receipt_log_statement(verifier(), other.key()), other.id())
          .ok());
  auto changed = statement;
  changed.replace(changed.find("/receipts/b3l_") + 14, 1, "z");
  EXPECT_FALSE(read_receipt_log_statement(changed, identity.id()).ok());
}

}  // namespace
}  // namespace b3iq::protocol

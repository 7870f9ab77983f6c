#include "protocol/transparency/receipt_log_entry.h"

#include <algorithm>

#include "base/bytes.h"
#include "protocol/document_writer.h"
#include "protocol/key_file.h"
#include "protocol/member_reader.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kEntryPrefix("b3iq-receipt-log-v1\0", 20);
constexpr std::string_view kIdPrefix("b3iq-receipt-log-key-v1\0", 24);
constexpr std::string_view kSeedLabel = "b3iq-receipt-log-seed-v1 ";
constexpr std::size_t kLogIdBytes = 10;
static_assert(kEntryPrefix.size() + 32 == kReceiptLogEntryBytes);

}  // namespace

ReceiptLogEntry receipt_log_entry(const crypto::Sha256Digest& receipt_hash) {
  ReceiptLogEntry entry;
  const auto behind = std::ranges::copy(base::as_bytes(kEntryPrefix), entry.begin()).out;
  std::ranges::copy(receipt_hash, behind);
  return entry;
}

TreeHash receipt_leaf_hash(const crypto::Sha256Digest& receipt_hash) {
  return tree_leaf_hash(receipt_log_entry(receipt_hash));
}

std::string receipt_log_id_of(const crypto::Ed25519PublicKey& log_key) {
  crypto::Sha256 hash;
  hash.update(kIdPrefix);
  hash.update(base::ByteView(log_key.bytes));
  const auto digest = hash.finish();
  return "b3l_" + base::to_base32(base::ByteView(digest).first(kLogIdBytes));
}

NoteVerifier receipt_log_verifier(const ControlPlaneId& id,
                                  const crypto::Ed25519PublicKey& log_key) {
  return {id.text() + "/receipts/" + receipt_log_id_of(log_key), log_key};
}

base::Result<ReceiptLogKey> ReceiptLogKey::create(const std::string& path, base::Random& random) {
  ReceiptLogKey key(crypto::Ed25519SecretKey::generate(random));
  TRY_OK(write_key_file(path, kSeedLabel, key.key_.seed()));
  return key;
}

base::Result<ReceiptLogKey> ReceiptLogKey::load(const std::string& path) {
  TRY(const auto seed,
      read_key_file(path, kSeedLabel, "is not the key of a receipt log. Copy it from a replica."));
  return ReceiptLogKey(crypto::Ed25519SecretKey::from_seed(seed.reveal()));
}

std::string sign_receipt_log_statement(const NoteVerifier& log,
                                       const crypto::Ed25519SecretKey& identity) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kReceiptLogType);
  w.member("control_plane_id", control_plane_id_of(identity.public_key()).text());
  write_bytes(w, "public_key_ed25519", identity.public_key().bytes);
  w.member("origin", log.name);
  w.member("verifier_key", encode_note_verifier(log));
  w.end_object();
  return signed_text(kReceiptLogType, text, identity);
}

base::Result<NoteVerifier> read_receipt_log_statement(std::string_view document,
                                                      const ControlPlaneId& id) {
  TRY(const auto parsed,
      json::Document::parse(document, {.max_bytes = kMaxReceiptLogStatementBytes, .max_depth = 2}));
  TRY(auto in, MemberReader::open(parsed.root(), "A receipt log's statement"));
  TRY(const auto type, in.text("type"));
  if (type != kReceiptLogType) return in.refused("type", "must be b3iq-receipt-log-v1");
  TRY(const auto said, in.id<ControlPlaneId>("control_plane_id"));
  crypto::Ed25519PublicKey key;
  TRY(key.bytes, in.bytes<32>("public_key_ed25519"));
  TRY(const auto origin, in.text("origin"));
  TRY(const auto verifier_key, in.text("verifier_key"));
  TRY([[maybe_unused]] const auto signature, in.bytes<64>(kSignatureMember));
  TRY_OK(in.done());
  if (said != id || control_plane_id_of(key) != id) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The statement is of another control plane than " + id.text() + ".",
                       "control_plane_id");
  }
  TRY_OK(verify_document(kReceiptLogType, parsed.root(), key));
  TRY(auto log, parse_note_verifier(verifier_key));
  if (log.name != origin || log != receipt_log_verifier(id, log.key))
    return in.refused("verifier_key", "is not that of the log it names");
  return log;
}

base::Result<LoggedReceipt> verify_logged_receipt(std::string_view signed_receipt,
                                                  std::string_view proof, const NoteVerifier& log,
                                                  const crypto::Ed25519PublicKey* node_key) {
  TRY(const auto document, json::Document::parse(signed_receipt, {.max_bytes = kMaxReceiptBytes}));
  TRY(const auto receipt, decode_receipt(document.root()));
  if (node_key != nullptr) TRY_OK(verify_receipt(receipt, *node_key));
  const auto hash = encode_receipt(receipt.receipt).hash;
  TRY(const auto parsed, parse_log_proof(proof));
  TRY(auto checkpoint, verify_log_proof(parsed, receipt_leaf_hash(hash), log));
  return LoggedReceipt{receipt_hash_text(hash), parsed.index, std::move(checkpoint)};
}

}  // namespace b3iq::protocol

// The receipt log of a control plane (docs/adr/0029, docs/protocol/receipt-log.md): what its
// entries are, how it is named, who signs for it, and how a receipt is checked against it offline.
//
//   entry  = "b3iq-receipt-log-v1" 0x00 receipt hash (32 bytes)
//   log id = "b3l_" base32( first 10 bytes of SHA-256( "b3iq-receipt-log-key-v1" 0x00 public key ))
//   origin = control plane id "/receipts/" log id
//
// An entry follows from the receipt alone and tells nothing to who has not the receipt. A log is
// one key: what begins anew has another key, and so another origin.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "protocol/ids.h"
#include "protocol/receipt.h"
#include "protocol/transparency/log_proof.h"

namespace b3iq::protocol {

inline constexpr std::size_t kReceiptLogEntryBytes = 20 + 32;
using ReceiptLogEntry = std::array<std::uint8_t, kReceiptLogEntryBytes>;

ReceiptLogEntry receipt_log_entry(const crypto::Sha256Digest& receipt_hash);
TreeHash receipt_leaf_hash(const crypto::Sha256Digest& receipt_hash);

std::string receipt_log_id_of(const crypto::Ed25519PublicKey& log_key);
// Of the log that `log_key` signs for: its verifier is named by its origin.
NoteVerifier receipt_log_verifier(const ControlPlaneId& id,
                                  const crypto::Ed25519PublicKey& log_key);

// The key that signs checkpoints. Immutable; any thread.
class ReceiptLogKey {
 public:
  explicit ReceiptLogKey(crypto::Ed25519SecretKey key) : key_(std::move(key)) {}
  // The key file: one line of text, `b3iq-receipt-log-seed-v1 ` and the seed in base64url (mode
  // 0600). create() fails with conflict when the file is there already; load() fails with
  // not_found, file_failed (open to others) or corrupt.
  static base::Result<ReceiptLogKey> create(const std::string& path, base::Random& random);
  static base::Result<ReceiptLogKey> load(const std::string& path);

  const crypto::Ed25519PublicKey& public_key() const { return key_.public_key(); }
  const crypto::Ed25519SecretKey& key() const { return key_; }

 private:
  crypto::Ed25519SecretKey key_;
};

// A control plane says which log is its own: `b3iq-receipt-log-v1`, signed by its identity, with
// control_plane_id, public_key_ed25519 (the identity's), origin and verifier_key (signed_note.h).
inline constexpr std::string_view kReceiptLogType = "b3iq-receipt-log-v1";
inline constexpr std::size_t kMaxReceiptLogStatementBytes = 4096;
// The canonical signed document. `identity` is the control plane's.
std::string sign_receipt_log_statement(const NoteVerifier& log,
                                       const crypto::Ed25519SecretKey& identity);
// The log of the control plane `id`, as it says itself. Errors: invalid_request; invalid_signature
// when it is another's, or not signed by it.
base::Result<NoteVerifier> read_receipt_log_statement(std::string_view document,
                                                      const ControlPlaneId& id);

struct LoggedReceipt {
  std::string receipt_hash;  // 0x…
  std::uint64_t index = 0;
  Checkpoint checkpoint;
};
// Whether `signed_receipt` (JSON) is in `log` by `proof` (log_proof.h). With `node_key` its
// signature is checked as well. Errors: invalid_request, invalid_signature: which of the three does
// not fit stands in the text.
base::Result<LoggedReceipt> verify_logged_receipt(std::string_view signed_receipt,
                                                  std::string_view proof, const NoteVerifier& log,
                                                  const crypto::Ed25519PublicKey* node_key);

}  // namespace b3iq::protocol

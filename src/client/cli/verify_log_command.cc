#include <fmt/format.h>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "client/cli/client_commands.h"
#include "client/cli/session.h"
#include "client/control_plane/log_statement.h"
#include "client/evidence/log_consistency.h"
#include "client/evidence/receipt_input.h"
#include "client/sealing/given_text.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::client {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxTileBytes = std::size_t{protocol::kTileWidth} * 32;

Error missing(std::string detail) { return Error(ErrorCode::invalid_request, std::move(detail)); }

Result<protocol::NoteVerifier> pinned_log(const SharedOptions& shared) {
  TRY(const auto home, CustomerHome::open(shared.home));
  TRY(const auto book, open_pins(home, shared));
  TRY(const auto access, find_public_access(shared.access));
  const auto* plane = book.pins().find_control_plane(access.url);
  if (plane) return plane->log;
  return missing(fmt::format(
      "The receipt log of {} is not pinned. Say --log-key KEY or --log FILE.", access.url));
}

// The key that must have signed: given, of a statement, or pinned. A statement of a control plane
// that is pinned must say what is pinned.
Result<protocol::NoteVerifier> log_key(const SharedOptions& shared, const LogOptions& options) {
  if (!options.log_key.empty()) return protocol::parse_note_verifier(options.log_key);
  if (options.log.empty()) return pinned_log(shared);
  TRY(const auto text,
      read_given(options.log, protocol::kMaxReceiptLogStatementBytes, "The log's statement"));
  TRY(const auto statement, read_log_statement(text.reveal_text()));
  TRY(const auto home, CustomerHome::open(shared.home));
  TRY(const auto book, open_pins(home, shared));
  for (const auto& plane : book.pins().control_planes) {
    if (plane.id != statement.control_plane || plane.log == statement.log) continue;
    return Error(
        ErrorCode::invalid_signature,
        fmt::format("SWAPPED LOG KEY: {} has named {} before, and this statement names {}. "
                    "If its operator says that it is right: b3iq pins forget {}",
                    plane.id.text(), plane.log.name, statement.log.name, plane.url));
  }
  return statement.log;
}

Result<protocol::Checkpoint> read_checkpoint(const std::string& path,
                                             const protocol::NoteVerifier& log) {
  TRY(const auto text, read_given(path, protocol::kMaxNoteBytes, "The checkpoint"));
  return protocol::open_checkpoint(text.reveal_text(), log);
}

struct Outcome {
  protocol::Checkpoint checkpoint;
  std::optional<protocol::LoggedReceipt> receipt;
  std::optional<std::uint64_t> grown_from;
};

Result<Outcome> check_receipt(const LogOptions& options, const protocol::NoteVerifier& log) {
  TRY(const auto text, read_given(options.receipt, kMaxEvidenceBytes, "The receipt"));
  TRY(const auto input, read_receipt_input(text.reveal_text()));
  TRY(const auto proof, read_given(options.proof, protocol::kMaxLogProofBytes, "The proof"));
  const auto* key = input.binding ? &input.binding->binding.public_key_ed25519 : nullptr;
  TRY(auto logged, protocol::verify_logged_receipt(input.receipt, proof.reveal_text(), log, key));
  Outcome outcome;
  outcome.checkpoint = logged.checkpoint;
  outcome.receipt = std::move(logged);
  return outcome;
}

Result<Outcome> check(const SharedOptions& shared, const LogOptions& options) {
  TRY(const auto log, log_key(shared, options));
  if (options.receipt.empty() != options.proof.empty())
    return missing("--receipt and --proof belong together.");
  if (!options.receipt.empty()) return check_receipt(options, log);
  if (options.checkpoint.empty())
    return missing("Say --checkpoint FILE, or --receipt FILE and --proof FILE.");
  Outcome outcome;
  TRY(outcome.checkpoint, read_checkpoint(options.checkpoint, log));
  if (options.older.empty()) return outcome;
  if (options.tiles.empty()) return missing("--older needs --tiles DIR: b3iq log fetch DIR.");
  TRY(const auto older, read_checkpoint(options.older, log));
  const auto tiles = [&](const protocol::Tile& tile) -> Result<std::string> {
    const auto path = fmt::format("{}/{}", options.tiles,
                                  protocol::tile_path({protocol::TileKind::hashes, tile}));
    TRY(const auto bytes, read_given(path, kMaxTileBytes, "The tile"));
    return std::string(bytes.reveal_text());
  };
  TRY_OK(check_log_grew(older, outcome.checkpoint, tiles));
  outcome.grown_from = older.head.size;
  return outcome;
}

void print_json(const Outcome& outcome) {
  cli::print_object([&](json::Writer& w) {
    w.member("origin", outcome.checkpoint.origin);
    w.member("size", outcome.checkpoint.head.size);
    w.member("root", base::to_base64(outcome.checkpoint.head.root));
    if (outcome.grown_from) w.member("grown_from", *outcome.grown_from);
    if (!outcome.receipt) return;
    w.member("receipt_hash", outcome.receipt->receipt_hash);
    w.member("index", outcome.receipt->index);
  });
}

void print_text(const Outcome& outcome) {
  if (outcome.receipt) {
    fmt::print("Receipt {} is number {} of the log.\n", outcome.receipt->receipt_hash,
               outcome.receipt->index);
  }
  if (outcome.grown_from)
    fmt::print("The log has only grown since it had {} receipts.\n", *outcome.grown_from);
  fmt::print("log   {}\nsize  {}\nroot  {}\n", outcome.checkpoint.origin,
             outcome.checkpoint.head.size, base::to_base64(outcome.checkpoint.head.root));
}

}  // namespace

int run_verify_log(const SharedOptions& shared, const LogOptions& options) {
  const auto outcome = check(shared, options);
  if (!outcome.ok()) return cli::print_error(outcome.error());
  shared.form == OutputForm::json ? print_json(*outcome) : print_text(*outcome);
  return cli::kExitOk;
}

}  // namespace b3iq::client

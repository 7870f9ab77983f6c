#include <fmt/format.h>

#include <filesystem>

#include "cli/console.h"
#include "cli/exit_status.h"
#include "client/cli/client_commands.h"
#include "client/cli/session.h"
#include "client/control_plane/log_statement.h"
#include "client/evidence/log_consistency.h"
#include "client/sealing/given_text.h"
#include "client/sealing/written_file.h"
#include "http/blocking_task.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::client {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::size_t kMaxTileBytes = std::size_t{protocol::kTileWidth} * 32;
constexpr std::size_t kMaxAcceptedReceiptBytes = 16 * 1024;

// Fetches one text and writes it into the folder.
class Fetch {
 public:
  Fetch(http::EventLoop& loop, CustomerApi& api, const std::string& folder)
      : loop_(loop), api_(api), folder_(folder) {}

  Result<std::string> file(const std::string& path, const std::string& name,
                           std::size_t max_bytes) {
    TRY(auto text, http::run_task(loop_, api_.get_public(path, max_bytes, {})));
    const auto target = std::filesystem::path(folder_) / name;
    std::error_code failed;
    std::filesystem::create_directories(target.parent_path(), failed);
    if (failed) {
      return Error(
          ErrorCode::file_failed,
          fmt::format("{} cannot be made: {}.", target.parent_path().string(), failed.message()));
    }
    TRY_OK(write_whole_file(target.string(), text));
    return text;
  }

 private:
  http::EventLoop& loop_;
  CustomerApi& api_;
  const std::string& folder_;
};

Status fetch_tiles(Fetch& fetch, const std::string& older, const std::string& newer,
                   const protocol::NoteVerifier& log) {
  TRY(const auto text, read_given(older, protocol::kMaxNoteBytes, "The older checkpoint"));
  TRY(const auto before, protocol::open_checkpoint(text.reveal_text(), log));
  TRY(const auto now, protocol::open_checkpoint(newer, log));
  if (before.head.size > now.head.size) return {};  // verify log says what that means
  for (const auto& tile : consistency_tiles(before.head.size, now.head.size)) {
    const auto path = protocol::tile_path({protocol::TileKind::hashes, tile});
    TRY_OK(fetch.file("/v1/log/" + path, path, kMaxTileBytes));
  }
  return {};
}

Status fetch_all(const SharedOptions& shared, const LogFetchOptions& options) {
  TRY(const auto access, find_public_access(shared.access));
  http::EventLoop loop;
  CustomerApi api(loop, access);
  Fetch fetch(loop, api, options.folder);
  TRY(const auto statement,
      fetch.file("/v1/log", "log.json", protocol::kMaxReceiptLogStatementBytes));
  TRY(const auto checkpoint,
      fetch.file("/v1/log/checkpoint", "checkpoint", protocol::kMaxNoteBytes));
  if (!options.receipt.empty()) {
    if (!protocol::parse_receipt_hash(options.receipt))
      return Error(ErrorCode::invalid_request, "--receipt is a hash: 0x and 64 digits.");
    const auto path = "/v1/receipts/" + options.receipt;
    TRY_OK(fetch.file(path, "receipt.json", kMaxAcceptedReceiptBytes));
    TRY_OK(fetch.file(path + "/proof", "proof", protocol::kMaxLogProofBytes));
  }
  if (options.older.empty()) return {};
  TRY(const auto log, read_log_statement(statement));
  return fetch_tiles(fetch, options.older, checkpoint, log.log);
}

}  // namespace

int run_log_fetch(const SharedOptions& shared, const LogFetchOptions& options) {
  const auto fetched = fetch_all(shared, options);
  if (!fetched.ok()) return cli::print_error(fetched.error());
  fmt::print("Fetched into {}. Nothing of it is checked yet: b3iq verify log\n", options.folder);
  return cli::kExitOk;
}

}  // namespace b3iq::client

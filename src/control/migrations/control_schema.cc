#include "control/migrations/control_schema.h"

#include <array>
#include <string>
#include <vector>

#include "control/migrations/migration_texts.h"

namespace b3iq::control {
namespace {

// The one word of the texts that no two databases spell alike, always followed by a blank, a comma
// or a line end.
constexpr std::string_view kByteString = "BYTES";

class Schema {
 public:
  explicit Schema(std::string_view byte_string) {
    const std::array<std::pair<std::string_view, std::string_view>, 9> texts = {{
        {"nodes", kNodesSql},
        {"admin", kAdminSql},
        {"heartbeat_pace", kHeartbeatPaceSql},
        {"approvals", kApprovalsSql},
        {"usable_tokens", kUsableTokensSql},
        {"ledger", kLedgerSql},
        {"receipts", kReceiptsSql},
        {"private_jobs", kPrivateJobsSql},
        {"private_streams", kPrivateStreamsSql},
    }};
    sql_.reserve(texts.size());  // the views below must not move
    for (const auto& [name, text] : texts) {
      sql_.push_back(spelled(text, byte_string));
      list_.push_back({static_cast<int>(list_.size()) + 1, name, sql_.back()});
    }
  }
  std::span<const storage::Migration> list() const { return list_; }

 private:
  static std::string spelled(std::string_view text, std::string_view byte_string) {
    std::string out;
    for (;;) {
      const auto at = text.find(kByteString);
      out.append(text.substr(0, at));
      if (at == std::string_view::npos) return out;
      out.append(byte_string);
      text.remove_prefix(at + kByteString.size());
    }
  }

  std::vector<std::string> sql_;
  std::vector<storage::Migration> list_;
};

}  // namespace

std::span<const storage::Migration> control_migrations(SqlDialect dialect) {
  static const Schema sqlite("BLOB");
  static const Schema postgres("BYTEA");
  return dialect == SqlDialect::sqlite ? sqlite.list() : postgres.list();
}

}  // namespace b3iq::control

#include "agent/models/document_rows.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;

Result<std::vector<std::string>> load_documents(storage::Database& database,
                                                const storage::Statement& select) {
  std::vector<std::string> documents;
  TRY_OK(database.read_blocking([&](storage::Transaction& tx) {
    documents.clear();
    auto take = [&](const storage::Row& row) {
      documents.emplace_back(row.text(0));
      return true;
    };
    return tx.query(select, {}, std::move(take));
  }));
  return documents;
}

Task<Status> write_row(storage::Database& database, const storage::Statement& statement,
                       std::vector<std::string> texts) {
  const std::vector<storage::Value> values(texts.begin(), texts.end());
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(statement, values));
    co_return Status();
  };
  co_return co_await database.write(std::move(body));
}

}  // namespace b3iq::agent

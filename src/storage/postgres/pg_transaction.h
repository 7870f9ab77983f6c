// The Transaction of the port for one body on a session. Its coroutines are resumed by the session,
// on the thread that pumps it.
#pragma once

#include "storage/postgres/pg_forecast.h"
#include "storage/postgres/pg_session.h"

namespace b3iq::storage {

class PgTransaction final : public Transaction {
 public:
  // `forecast` and `overtaken` may be null. `overtaken` is set when the body wants to send more
  // after close(): what came behind it has run too early.
  PgTransaction(PgSession& session, PgForecast* forecast, bool* overtaken)
      : session_(session), forecast_(forecast), overtaken_(overtaken) {}

  base::Task<base::Result<std::int64_t>> exec(const Statement& statement,
                                              std::span<const Value> values) override;
  base::Task<base::Result<std::vector<std::int64_t>>> exec_many(const Statement& statement,
                                                                std::span<const Value> values,
                                                                std::size_t columns) override;
  base::Task<base::Result<std::int64_t>> insert_many(const Statement& statement,
                                                     std::span<const Value> values,
                                                     std::size_t columns) override;
  base::Task<base::Status> query(const Statement& statement, std::span<const Value> values,
                                 base::UniqueFunction<bool(const Row&)> on_row) override;
  base::Task<base::Status> query_many(const Statement& statement, std::span<const Value> values,
                                      std::size_t columns,
                                      base::UniqueFunction<void(const Row&)> on_row) override;
  base::Task<base::Status> exec_script(std::string_view sql) override;

  // From now on the body may send nothing: another one was started behind it.
  void close() { closed_ = true; }
  // True when something was written, or may have been.
  bool changed() const { return changed_; }
  PgForecast::Path path() const { return path_; }

 private:
  struct Answer;
  base::Status admit(const Statement& statement);
  base::Status send_rows(const Statement& statement, std::span<const Value> values,
                         std::size_t columns, PgReply& reply);
  base::Status send_inserts(const Statement& statement, std::span<const Value> values,
                            std::size_t columns, PgReply& reply);
  std::int64_t count(const PGresult* result);
  base::Status hand_over(const Statement& statement, const PGresult* result,
                         base::UniqueFunction<bool(const Row&)>& on_row);

  PgSession& session_;
  PgForecast* const forecast_;
  bool* const overtaken_;
  PgForecast::Path path_ = 0;
  bool closed_ = false;
  bool changed_ = false;
};

}  // namespace b3iq::storage

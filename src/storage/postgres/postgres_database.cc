#include "storage/postgres/postgres_database.h"

#include "base/clock.h"
#include "storage/migrations.h"
#include "storage/postgres/pg_readers.h"
#include "storage/postgres/pg_writer.h"

namespace b3iq::storage {
namespace {

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::unique_ptr<const PgTarget> target, const PostgresOptions& options,
                   std::unique_ptr<PgSession> session)
      : target_(std::move(target)),
        writer_(*target_, options, std::move(session), connects_),
        readers_(*target_, options, connects_) {}
  ~PostgresDatabase() override { close(); }

  base::Task<base::Status> write(Body body, Isolation isolation) override {
    return writer_.queue().submit(std::move(body), isolation);
  }
  base::Task<base::Status> read(Body body) override {
    return readers_.queue().submit(std::move(body));
  }
  base::Status write_blocking(Body body) override {
    return writer_.queue().submit_blocking(std::move(body));
  }
  base::Status read_blocking(Body body) override {
    return readers_.queue().submit_blocking(std::move(body));
  }
  base::Status migrate(std::span<const Migration> migrations) override {
    return apply_migrations(*this, migrations, base::system_clock().wall_ms());
  }
  WriterStats stats() const override { return writer_.stats(); }
  base::Status backup_to(const std::string&) override {
    return base::Error(base::ErrorCode::unimplemented,
                       "A PostgreSQL database is backed up with the server's own tools (pg_dump, "
                       "pg_basebackup): docs/operating/postgresql.md.");
  }
  void close() override {
    readers_.close();
    writer_.close();
  }

 private:
  const std::unique_ptr<const PgTarget> target_;  // sessions point to it
  std::atomic<std::uint64_t> connects_ = 0;       // of the writer and the readers
  PgWriter writer_;
  PgReaders readers_;
};

}  // namespace

base::Result<std::unique_ptr<Database>> open_postgres(const std::string& uri,
                                                      const PostgresOptions& options) {
  TRY(PgTarget parsed, PgTarget::parse(uri));
  auto target = std::make_unique<const PgTarget>(std::move(parsed));
  TRY(auto session, PgSession::connect(*target, PgSession::Role::writer, options));
  return std::unique_ptr<Database>(
      new PostgresDatabase(std::move(target), options, std::move(session)));
}

}  // namespace b3iq::storage

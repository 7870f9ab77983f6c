#include "agent/backup/backup_service.h"

#include "agent/backup/backup_archive.h"
#include "agent/backup/pending_restore.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

Task<Result<std::vector<KeptBackup>>> BackupService::list() {
  auto work = [home = home_] { return list_backups(home); };
  co_return co_await looks_.run(std::move(work));
}

Task<Result<KeptBackup>> BackupService::create(WithIdentity identity, std::string actor) {
  if (is_making_) {
    co_return Error(ErrorCode::conflict,
                    "Another backup is being made. Wait until it is in the list.");
  }
  is_making_ = true;
  const auto id = "bak_" + base::make_ulid(clock_.wall_ms(), random_);
  auto work = [home = home_, id, identity] { return keep_backup(home, id, identity); };
  auto made = co_await thread_.run(std::move(work));
  is_making_ = false;
  if (!made.ok()) co_return made;
  audit_.note({std::move(actor), "backup.created", id});
  CO_TRY_OK(co_await audit_.noted());
  co_return made;
}

Task<Status> BackupService::remove(std::string id, std::string actor) {
  auto work = [home = home_, id] { return drop_backup(home, id); };
  CO_TRY_OK(co_await thread_.run(std::move(work)));
  audit_.note({std::move(actor), "backup.removed", std::move(id)});
  CO_TRY_OK(co_await audit_.noted());
  co_return Status();
}

Task<Result<std::unique_ptr<http::BodySource>>> BackupService::archive(std::string id,
                                                                       std::string actor) {
  auto work = [home = home_, id] { return open_archive(home, id); };
  CO_TRY(auto files, co_await looks_.run(std::move(work)));
  audit_.note({std::move(actor), "backup.downloaded", std::move(id)});
  CO_TRY_OK(co_await audit_.noted());
  co_return stream_archive(std::move(files));
}

Task<Status> BackupService::prepare_restore(std::string id, std::string actor, StartFacts facts,
                                            std::string listen_flag) {
  auto work = [home = home_, id = std::move(id), actor = std::move(actor), facts = std::move(facts),
               flag = std::move(listen_flag), now = clock_.wall_ms()]() -> Status {
    TRY(const auto folder, backup_folder(home, id));
    return lay_ready(facts, {id, folder, actor, now, flag});
  };
  co_return co_await thread_.run(std::move(work));
}

}  // namespace b3iq::agent

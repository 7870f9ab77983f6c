// Backups for the owner, through the API: made, listed, read as an archive, removed, restored in
// place. The work on files is done beside the loop. Loop thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/backup/backup_shelf.h"
#include "agent/upkeep/side_thread.h"
#include "agent/upkeep/start_check.h"
#include "base/clock.h"
#include "base/random.h"
#include "http/message.h"

namespace b3iq::agent {

class BackupService {
 public:
  BackupService(Home home, AuditLog& audit, const base::Clock& clock, base::Random& random)
      : home_(std::move(home)), audit_(audit), clock_(clock), random_(random) {}

  base::Task<base::Result<std::vector<KeptBackup>>> list();
  // Errors: conflict while another one is made; those of keep_backup.
  base::Task<base::Result<KeptBackup>> create(WithIdentity identity, std::string actor);
  base::Task<base::Status> remove(std::string id, std::string actor);
  // A tar archive of the backup's folder.
  base::Task<base::Result<std::unique_ptr<http::BodySource>>> archive(std::string id,
                                                                      std::string actor);
  // Lays it ready for the next start. Errors: those of lay_ready.
  base::Task<base::Status> prepare_restore(std::string id, std::string actor, StartFacts facts,
                                           std::string listen_flag);
  bool idle() const { return thread_.idle() && looks_.idle(); }

 private:
  Home home_;
  AuditLog& audit_;
  const base::Clock& clock_;
  base::Random& random_;
  bool is_making_ = false;
  SideThread thread_;  // what writes
  SideThread looks_;   // what only reads waits for no backup that is being made
};

}  // namespace b3iq::agent

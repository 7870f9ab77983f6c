// The settings of a node, for its owner: what they are, and changes of them. The files are read and
// written beside the loop. Loop thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/audit/audit_log.h"
#include "agent/settings.h"
#include "agent/upkeep/settings_view.h"
#include "agent/upkeep/side_thread.h"
#include "agent/upkeep/start_check.h"
#include "config/config_file.h"

namespace b3iq::agent {

class SettingsService {
 public:
  // `facts` is asked on the loop, whenever they are needed.
  SettingsService(const Settings& running, std::function<StartFacts()> facts, AuditLog& audit);

  base::Task<base::Result<SettingsView>> view();
  // Errors: see change_settings.
  base::Task<base::Result<SettingsView>> change(std::vector<config::Change> changes,
                                                std::string actor);
  // Whether the node would start with config.json as it is. Errors: conflict.
  base::Task<base::Status> check_start();
  // For a part of config.json that others changed and made work without a restart: no longer
  // pending.
  base::Task<void> works_now(std::string option);
  bool idle() const { return thread_.idle(); }

 private:
  config::Config running_;
  std::string listen_flag_;
  std::function<StartFacts()> facts_;
  AuditLog& audit_;
  SideThread thread_;
};

}  // namespace b3iq::agent

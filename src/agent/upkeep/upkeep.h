// What an owner does to the node itself: settings, backups, the check for updates, starting again.
#pragma once

#include <functional>

#include "agent/auth/local_auth.h"
#include "agent/auth/login_service.h"
#include "agent/backup/backup_service.h"
#include "agent/settings.h"
#include "agent/updates/update_service.h"
#include "agent/upkeep/node_control.h"
#include "agent/upkeep/settings_service.h"
#include "agent/upkeep/start_check.h"
#include "http/router.h"

namespace b3iq::agent {

class Upkeep {
 public:
  struct Needs {
    const Home& home;
    const Settings& settings;
    std::string version;
    std::string node_id;
    std::function<StartFacts()> facts;  // asked on the loop
    const std::uint16_t& own_port;
    AuditLog& audit;
    const base::Clock& clock;
    base::Random& random;
    http::EventLoop& loop;
  };
  explicit Upkeep(const Needs& needs);

  // Before the loop runs; blocks.
  void load() {
    updates_.load();
    backups_.load();
  }
  void start() { backups_.start(); }
  // Ends long work; it is taken up at the next start.
  void close() { backups_.close(); }
  void add_routes(http::Router& router, UserLevels& levels, LoginService& logins);
  NodeControl& control() { return control_; }
  SettingsService& settings() { return settings_; }
  BackupService& backups() { return backups_; }
  UpdateService& updates() { return updates_; }
  bool idle() const { return settings_.idle() && backups_.idle() && updates_.idle(); }

 private:
  std::function<StartFacts()> facts_;
  AuditLog& audit_;
  std::string listen_flag_;
  std::int64_t drain_ms_;
  NodeControl control_;
  SettingsService settings_;
  BackupService backups_;
  UpdateService updates_;
};

}  // namespace b3iq::agent
